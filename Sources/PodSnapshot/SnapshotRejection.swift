import CJSONStream
import LinuxSystem

/// Why a document is no snapshot; the reader adds where.
struct SnapshotRejection: Error {
    /// What the document should have been: `valid JSON`, `a list of Pods`.
    let isNot: String
    /// What was found, and what was expected.
    let finding: String
    /// What to do; without a bar, which 'check' would have to escape.
    let advice: String

    init(isNot: String = "a snapshot", _ finding: String, advice: String = Self.writeIt) {
        self.isNot = isNot
        self.finding = finding
        self.advice = advice
    }

    /// How a good document is made.
    static let writeIt = "write it with 'kubectl get pods -A -o json'"
}

// MARK: - JSON that is none

extension SnapshotRejection {
    /// What the parser's outcome says, with the bytes at which it stopped.
    ///
    /// - Parameters:
    ///   - outcome: A status other than more, complete or no memory.
    ///   - rest: The bytes from its position on, as far as they were read.
    ///   - isFirst: Whether they are the first of the document.
    ///   - hasBegun: Whether an object or a complete value began before them.
    init(_ outcome: JSONFilter.Outcome, found rest: Span<UInt8>, isFirst: Bool, hasBegun: Bool) {
        let byte = rest.isEmpty ? nil : rest[0]
        switch outcome.status {
        case .truncated where !hasBegun:
            self.init(
                isFirst ? "it is empty" : "it ends before an object begins",
                advice: "check the errors of the command that wrote it, and run it again"
            )
        case .truncated:
            self.init(
                isNot: "complete",
                "it ends in the middle of the document",
                advice: "check the errors of the command that wrote it, and run it again"
            )
        case .too_deep:
            self.init("found more than \(JSONFilter.depthLimit) nested objects and arrays")
        case .trailing:
            self.init(
                isNot: "one JSON document",
                "found \(Self.name(byte)) after its end",
                advice: "give each document its own file and -s"
            )
        default:
            self =
                (isFirst ? Self.foreign(document: rest) : nil)
                ?? byte.flatMap(Self.foreign)
                ?? Self(isNot: "valid JSON", "\(outcome.message) at \(Self.name(byte))")
        }
    }

    /// What a document is, by a beginning that JSON never has.
    private static func foreign(document: Span<UInt8>) -> SnapshotRejection? {
        if document.isEmpty { return nil }
        let first = document[0]
        // Only one byte of it may have come through a pipe yet.
        if let compression = Compression(beginning: document) ?? (first == 0x1f ? .gzip : nil) {
            return SnapshotRejection(
                isNot: "JSON",
                compression.finding,
                advice: "decompress it first (\(compression.reader) FILE > NEW)"
            )
        }
        return switch first {
        case 0xef:
            SnapshotRejection(
                isNot: "plain JSON",
                "it begins with a byte order mark",
                advice: "remove it (tail -c +4 FILE > NEW)"
            )
        case 0xfe, 0xff:
            SnapshotRejection(
                isNot: "JSON in UTF-8",
                "it begins like UTF-16",
                advice: "convert it (iconv -f UTF-16 -t UTF-8 FILE > NEW)"
            )
        default: nil
        }
    }

    /// What is wrong, by a byte that JSON never has.
    private static func foreign(_ byte: UInt8) -> SnapshotRejection? {
        switch byte {
        case 0x00:
            SnapshotRejection(
                isNot: "JSON in UTF-8",
                "found a NUL byte, as in binary data, UTF-16 or a file that was not fully written"
            )
        case 0x80...: SnapshotRejection(isNot: "valid JSON in UTF-8", "found \(name(byte))")
        default: nil
        }
    }

    /// A byte as a message shows it.
    private static func name(_ byte: UInt8?) -> String {
        guard let byte else { return "the end" }
        return switch byte {
        case 0x0a: "the end of the line"
        case 0x20...0x7e: "'\(Unicode.Scalar(byte))'"
        default: "byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        }
    }
}

// MARK: - Other people's JSON

extension SnapshotRejection {
    static let foreignWorkloads = SnapshotRejection(
        "found no ztunnel workloads in a bare array or under 'workloads', expected the output of"
            + " 'istioctl ztunnel-config workloads -o json'"
    )

    /// What a document is that holds neither form of snapshot.
    static func neither(kind: String?) -> SnapshotRejection {
        guard let kind else {
            return SnapshotRejection(
                "found neither 'items' nor 'workloads' nor 'schema', expected a list of Pods"
            )
        }
        return SnapshotRejection(
            isNot: "a list",
            "found an object of kind \(kind) without 'items', expected a list of Pods"
        )
    }

    static func foreignList(kind: String?) -> SnapshotRejection {
        guard let kind else {
            return SnapshotRejection("found 'items' without 'kind', expected kind List or PodList")
        }
        return SnapshotRejection(
            isNot: "a list of Pods",
            "found kind \(kind), expected List or PodList"
        )
    }

    static func failedRequest(reason: String?, message: String?) -> SnapshotRejection {
        let words = [reason, message].compactMap(\.self).joined(separator: ": ")
        return SnapshotRejection(
            isNot: "a list of Pods",
            "found the Status of a failed request\(words.isEmpty ? "" : " (\(words))")",
            advice: "fix the request, then write the snapshot again"
        )
    }

    static func unknownSchema(_ schema: String) -> SnapshotRejection {
        SnapshotRejection(
            isNot: "a supported snapshot",
            "found schema \(schema), expected '\(SnapshotHeading.schema)'",
            advice: "write it with the scripts or the program of the same version"
        )
    }

    static let mixedForms = SnapshotRejection(
        "found the fields of several snapshot forms (Kubernetes 'items', ztunnel 'workloads',"
            + " compact) in one object"
    )
}
