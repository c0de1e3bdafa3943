import Foundation
import TestSupport

/// The stand-in for a cluster (`Fixtures/api-server`), which ends with its owner.
struct APIServer: ~Copyable {
    let address: String
    private let process = Process()
    private let input = Pipe()
    private let log: FileHandle

    /// Serves the items of a List; `faults` are of the form `RESOURCE=FAULT`.
    ///
    /// With a program that is run as every container, Pods can be given containers
    /// (`Fixtures/pod-server`).
    init(
        list: URL = Self.fixture("cluster.json"),
        faults: [String] = [],
        container: URL? = nil
    ) throws {
        let output = Pipe()
        process.executableURL = Self.fixture(container == nil ? "api-server" : "pod-server")
        process.arguments = (container.map { [$0.path] } ?? []) + [list.path] + faults
        process.standardInput = input
        process.standardOutput = output
        log = output.fileHandleForReading
        try process.run()
        var port = ""
        while let byte = try log.read(upToCount: 1), byte != Data("\n".utf8) {
            port += String(decoding: byte, as: UTF8.self)
        }
        address = "http://127.0.0.1:\(port)"
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    static func fixture(_ name: String) -> URL {
        Command.root.appending(path: "Tests/ScriptTests/Fixtures/\(name)")
    }

    /// Stops the server; one line for each request that it was sent: time, method and path.
    consuming func requests() throws -> [Substring] {
        try input.fileHandleForWriting.close()
        return String(decoding: try log.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
    }
}
