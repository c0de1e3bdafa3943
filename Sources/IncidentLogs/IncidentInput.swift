import Glibc
import LinuxSystem

/// A file of an incident: an access log, a debug log or a capture, read as a stream.
package struct IncidentInput: ~Copyable {
    /// What a file is given as.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case accessLog = "access-log"
        case envoyLog = "envoy-log"
        case capture = "pcap"

        /// What messages call it.
        package var name: String {
            switch self {
            case .accessLog: "access log"
            case .envoyLog: "Envoy log"
            case .capture: "packet capture"
            }
        }
    }

    /// Large enough that system calls do not count, small enough for the cache.
    private static let chunkSize = 256 * 1024

    /// What it is given as.
    package let kind: Kind
    /// The file's path, or `-`.
    package let path: String
    private var file: InputFile

    /// Opens a file, and reads nothing.
    ///
    /// - Throws: ``IncidentInputError`` when it cannot be opened.
    package init(opening path: String, as kind: Kind) throws(IncidentInputError) {
        self.path = path
        self.kind = kind
        do throws(Errno) {
            file = try InputFile(opening: path)
        } catch {
            throw .unreadable(kind, path: path, error)
        }
    }

    /// What tells a file from all others; `nil` for a pipe or a terminal, which is read once only.
    package var identity: FileStatus? {
        guard let status = try? file.status(), status.kind == .regular else { return nil }
        return status
    }

    /// Reads to the end, and hands each chunk over; the first is checked for what it is.
    ///
    /// - Throws: ``IncidentInputError`` when it cannot be read, is of another kind, or what `body`
    ///   throws.
    package mutating func read(
        _ body: (Span<UInt8>) throws(IncidentInputError) -> Void
    ) throws(IncidentInputError) {
        do throws(Errno) {
            _ = try file.status()
            try file.awaitWriter()
        } catch {
            throw .unreadable(kind, path: path, error)
        }
        var buffer = [UInt8](repeating: 0, count: Self.chunkSize)
        var isFirst = true
        while true {
            let count = try fill(&buffer)
            if count == 0 { return }
            let chunk = buffer.span.extracting(first: count)
            if isFirst, let content = ForeignContent(chunk, in: kind) {
                throw .foreign(kind, path: path, content)
            }
            isFirst = false
            try body(chunk)
        }
    }

    private mutating func fill(_ buffer: inout [UInt8]) throws(IncidentInputError) -> Int {
        do throws(InputFile.Fault) {
            return try file.read(into: &buffer)
        } catch {
            switch error {
            case .system(let errno): throw .unreadable(kind, path: path, errno)
            case .noWriter(let seconds): throw .noWriter(kind, path: path, waitedSeconds: seconds)
            case .silent(let seconds): throw .silent(kind, path: path, waitedSeconds: seconds)
            }
        }
    }
}

/// What a file is that is not what it was given as.
package enum ForeignContent: Hashable, Sendable {
    case compressed(Compression)
    case capture, binary

    /// Looks at the beginning of a file; `nil` if it may be what it was given as.
    init?(_ bytes: Span<UInt8>, in kind: IncidentInput.Kind) {
        if let compression = Compression(beginning: bytes) {
            self = .compressed(compression)
        } else if kind == .capture {
            return nil
        } else if bytes.count >= 4, PcapHeader.begins(bytes) || PcapngSection.begins(bytes) {
            self = .capture
        } else if bytes.extracting(first: min(bytes.count, 4096)).firstIndex(of: 0) != nil {
            self = .binary
        } else {
            return nil
        }
    }
}

/// Why an input of an incident could not be read.
package enum IncidentInputError: Error, Hashable, Sendable {
    /// The system would not hand it over.
    case unreadable(IncidentInput.Kind, path: String, Errno)
    /// Nothing is writing to the FIFO, and nothing began to within so many seconds.
    case noWriter(IncidentInput.Kind, path: String, waitedSeconds: Int)
    /// Whoever writes it has written nothing for so many seconds.
    case silent(IncidentInput.Kind, path: String, waitedSeconds: Int)
    /// It is something else.
    case foreign(IncidentInput.Kind, path: String, ForeignContent)
    /// It is given as a capture and is none.
    case noCapture(path: String)
    /// A capture is damaged at a byte.
    case damagedCapture(path: String, byteOffset: Int)
}

extension IncidentInputError {
    /// What keeps a capture from being read.
    package init(_ fault: CaptureReader.Fault, path: String) {
        self =
            switch fault {
            case .foreign: .noCapture(path: path)
            case .damaged(let offset): .damagedCapture(path: path, byteOffset: offset)
            }
    }
}

extension IncidentInputError: CustomStringConvertible {
    /// Operation, object, what was found, and what to do: one line.
    package var description: String {
        switch self {
        case .unreadable(let kind, let path, let errno):
            "cannot read \(kind.name) '\(path)': \(errno); \(errno.readingAdvice)"
        case .noWriter(let kind, let path, let seconds):
            "cannot read \(kind.name) '\(path)': it is a FIFO, and no process has opened it for"
                + " writing in \(seconds) s; start the writing command first, or give a file"
        case .silent(let kind, let path, let seconds):
            "cannot read \(kind.name) '\(path)': its writer has written nothing for \(seconds) s;"
                + " check the writing command"
        case .foreign(let kind, let path, let content):
            "cannot read \(kind.name) '\(path)': \(content.text(path, kind))"
        case .noCapture(let path):
            "cannot read packet capture '\(path)': it is neither pcap nor pcapng; write it with"
                + " 'tcpdump -w FILE'"
        case .damagedCapture(let path, let offset):
            "packet capture '\(path)' is damaged at byte \(offset): what comes after it was not"
                + " read; capture again, or copy the file again"
        }
    }
}

extension ForeignContent {
    fileprivate func text(_ path: String, _ kind: IncidentInput.Kind) -> String {
        switch self {
        case .compressed(let compression):
            "\(compression.finding); decompress it: '\(compression.reader) FILE | halfopen explain"
                + " --\(kind.rawValue) -'"
        case .capture: "it is a packet capture; give it with --pcap"
        case .binary: "it is not text; give the lines of the log as the proxy wrote them"
        }
    }
}
