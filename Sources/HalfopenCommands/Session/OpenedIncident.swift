import IncidentLogs
import LinuxSystem
import PodSnapshot
import Recording

/// The files that `explain` reads, opened: nothing of them is read before the privileges are gone.
struct OpenedIncident: ~Copyable {
    let snapshots: [SnapshotFile]
    let recordings: [RecordingInput]
    private let state: FileDescriptor?
    private let files: [OpenedInput]
    private var nextFile = 0

    /// Opens all files that the request names.
    init(_ request: ScanRequest) throws {
        var snapshots: [SnapshotFile] = []
        for path in request.snapshots { snapshots.append(try SnapshotFile(opening: path)) }
        var recordings: [RecordingInput] = []
        for path in request.replays { recordings.append(try RecordingInput(opening: path)) }
        var files: [OpenedInput] = []
        // The facts of captures and debug logs first, then the lines that they explain.
        let named: [(IncidentInput.Kind, [String])] = [
            (.capture, request.incident.captures), (.envoyLog, request.incident.envoyLogs),
            (.accessLog, request.incident.accessLogs),
        ]
        for (kind, paths) in named {
            for path in paths { files.append(try OpenedInput(opening: path, as: kind)) }
        }
        if let path = request.state { state = try StateFile.open(path) } else { state = nil }
        self.snapshots = snapshots
        self.recordings = recordings
        self.files = files
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

    /// Reads to the end, and hands each chunk over.
    func read(
        _ body: (Span<UInt8>) throws(IncidentInputError) -> Void
    ) throws(IncidentInputError) {
        try input.read(body)
    }
}
