import Testing

/// Something that goes wrong for a user, and all that the program says of it.
struct Mistake: Sendable, CustomTestStringConvertible {
    let name: String
    /// What is typed into a shell, as ``Session`` runs it.
    let script: String
    let status: Int32
    /// The lines of standard error, without the program's name; N for the number of an inode or of the
    /// process that a namespace is of.
    let messages: [String]

    init(_ name: String, _ script: String, _ status: Int32 = 2, _ messages: String...) {
        self.name = name
        self.script = script
        self.status = status
        self.messages = messages
    }

    var testDescription: String { name }

    /// Makes the mistake, and expects the status, the messages, and no result.
    func check() throws {
        let session = try Session()
        let answer = try session.run(script)
        #expect(answer.status == status, "\(answer.errors)")
        let errors = answer.errors
            .replacing(/\(inode [0-9]+\)/, with: "(inode N)")
            .replacing(/'\/proc\/[0-9]+\/ns\/net'/, with: "'/proc/N/ns/net'")
        #expect(errors == messages.map { "halfopen: \($0)\n" }.joined())
        #expect(answer.output == "")
    }
}
