import IncidentLogs
import LinuxSystem
import PodSnapshot
import Recording

/// The files that `explain` reads, opened: nothing of them is read before the privileges are gone.
struct OpenedIncident: ~Copyable {
    let snapshots: [SnapshotFile]
    let recordings: [RecordingInput]
    private let state: FileDescriptor?
    /// Whether a state file was named, and was opened or is missing.
    let hasReadableState: Bool
    private let files: [OpenedInput]
    /// What could not be opened, and why.
    let problems: [String]
    private var nextFile = 0

    /// Opens the files that the request names; one that cannot be opened does not hide the others.
    init(_ request: ScanRequest) {
        var problems: [String] = []
        func opened<File>(_ paths: [String], _ open: (String) throws -> File) -> [File] {
            paths.compactMap { path in
                do {
                    return try open(path)
                } catch {
                    problems.append("\(error)")
                    return nil
                }
            }
        }
        snapshots = opened(request.snapshots) { try SnapshotFile(opening: $0) }
        recordings = opened(request.replays) { try RecordingInput(opening: $0) }
        var files: [OpenedInput] = []
        // The facts of captures and debug logs first, then the lines that they explain.
        let named: [(IncidentInput.Kind, [String])] = [
            (.capture, request.incident.captures), (.envoyLog, request.incident.envoyLogs),
            (.accessLog, request.incident.accessLogs),
        ]
        for (kind, paths) in named {
            files += opened(paths) { try OpenedInput(opening: $0, as: kind) }
        }
        self.files = files
        var hasReadableState = request.state != nil
        var file: FileDescriptor?
        do {
            if let path = request.state { file = try StateFile.open(path) }
        } catch {
            problems.append("\(error)")
            hasReadableState = false
        }
        state = file
        self.hasReadableState = hasReadableState
        self.problems = problems
    }

    /// What the state file of the given name holds.
    func readState(_ path: String) throws(StateFileError) -> StateFile.Contents {
        switch state {
        case .none: .absent
        case .some(let file): try StateFile.contents(of: file, path: path)
        }
    }

    /// The next file to read.
    mutating func next() -> OpenedInput? {
        guard nextFile < files.count else { return nil }
        defer { nextFile += 1 }
        return files[nextFile]
    }
}

/// A file of an incident, in a place of its own: an array holds no values without copies.
final class OpenedInput {
    let kind: IncidentInput.Kind
    let path: String
    private var input: IncidentInput

    init(opening path: String, as kind: IncidentInput.Kind) throws(IncidentInputError) {
        self.kind = kind
        self.path = path
        input = try IncidentInput(opening: path, as: kind)
    }

    /// What tells a file from all others; `nil` for a pipe or a terminal.
    var identity: FileStatus? { input.identity }

    /// Reads to the end, and hands each chunk over.
    func read(
        _ body: (Span<UInt8>) throws(IncidentInputError) -> Void
    ) throws(IncidentInputError) {
        try input.read(body)
    }
}
