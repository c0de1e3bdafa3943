import Foundation

/// A program that has ended, with what it wrote.
public struct Command {
    /// Its exit status.
    public let status: Int32
    /// What it wrote to standard output.
    public let output: String
    /// What it wrote to standard error.
    public let errors: String

    /// The project's top folder.
    public static let root = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }

    /// The folder of the programs that are built with the tests.
    public static let products = URL(fileURLWithPath: "/proc/self/exe")
        .resolvingSymlinksInPath().deletingLastPathComponent()

    /// Runs a program to its end, with nothing on its standard input.
    ///
    /// The program is a path in the project's top folder, or an absolute one. What it writes goes
    /// to files, because a pipe that nobody empties would stop it.
    public init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = ProcessInfo.processInfo.environment,
        in folder: borrowing TemporaryFolder
    ) throws {
        let outputFile = try folder.makeFile("output")
        let errorFile = try folder.makeFile("errors")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program, relativeTo: Self.root)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        process.waitUntilExit()
        status = process.terminationStatus
        output = try String(contentsOf: outputFile, encoding: .utf8)
        errors = try String(contentsOf: errorFile, encoding: .utf8)
    }
}

/// A folder that goes with its owner.
public struct TemporaryFolder: ~Copyable {
    /// Where it is.
    public let url: URL

    /// Makes a folder.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "halfopen-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// An empty file of this name.
    public func makeFile(_ name: String) throws -> URL {
        let file = url.appending(path: name)
        try Data().write(to: file)
        return file
    }
}
