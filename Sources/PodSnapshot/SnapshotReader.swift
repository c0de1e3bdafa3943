import CJSONStream
import Glibc
import LinuxSystem
import Model

/// Reads a snapshot document that comes in chunks: a Kubernetes list or the compact form.
///
/// Which form it is shows while it is read. Memory grows with the Pods, not with the document.
/// Nothing of it is available before ``finish(readingEnded:)`` found it whole.
///
///     var reader = try SnapshotReader(source: "pods.json", modified: nil, readingBegan: now)
///     try reader.feed(bytes.span)
///     let contents = try reader.finish(readingEnded: now)
package struct SnapshotReader: ~Copyable {
    private let source: String
    private var filter: JSONFilter
    private var assembly: SnapshotBuilder
    private var cursor = DocumentCursor()

    /// A reader at the beginning of a document.
    ///
    /// - Parameters:
    ///   - source: What messages call the document: its path, or `-`.
    ///   - modified: When its file was last modified; `nil` for a pipe.
    ///   - readingBegan: When reading it began.
    /// - Throws: ``SnapshotError/unreadable(source:errno:advice:)`` without memory for a parser.
    package init(
        source: String,
        modified: WallTime?,
        readingBegan: WallTime
    ) throws(SnapshotError) {
        guard let filter = JSONFilter() else { throw .noMemory(source: source) }
        self.source = source
        self.filter = filter
        assembly = SnapshotBuilder(
            SnapshotDocument(
                source: source,
                format: .kubernetesList,
                modified: modified,
                readingBegan: readingBegan
            )
        )
    }

    /// Reads the next bytes of the document, less than 4 GiB of them.
    ///
    /// - Throws: ``SnapshotError`` as soon as the document cannot be a snapshot; the reader is then
    ///   of no further use.
    package mutating func feed(_ chunk: Span<UInt8>) throws(SnapshotError) {
        try feed(chunk, isLast: false)
    }

    /// Ends the document.
    ///
    /// - Parameter readingEnded: When the last byte had been read.
    /// - Returns: All that the document says; its items that could not be read are its problems.
    /// - Throws: ``SnapshotError`` when the document is not complete, or is no snapshot.
    package consuming func finish(
        readingEnded: WallTime
    ) throws(SnapshotError) -> SnapshotContents {
        try feed(Span<UInt8>(), isLast: true)
        let end = cursor.place(0, in: Span<UInt8>())
        do {
            try assembly.conclude(at: end)
        } catch {
            throw .unusable(source: source, error, at: end)
        }
        var contents = assembly.contents
        contents.document.readingEnded = readingEnded
        return contents
    }

    private mutating func feed(_ chunk: Span<UInt8>, isLast: Bool) throws(SnapshotError) {
        let (source, cursor) = (source, cursor)
        let outcome = try filter.feed(chunk, isLast: isLast, into: &assembly) {
            (assembly, token, text) throws(SnapshotError) in
            do throws(SnapshotRejection) {
                try assembly.take(token, text) { cursor.place(Int(token.position), in: chunk) }
            } catch {
                throw .unusable(
                    source: source,
                    error,
                    at: cursor.place(Int(token.position), in: chunk)
                )
            }
        }
        switch outcome.status {
        case .more, .complete: self.cursor.advance(over: chunk)
        case .no_memory: throw .noMemory(source: source)
        default: throw unusable(outcome, chunk)
        }
    }

    private func unusable(_ outcome: JSONFilter.Outcome, _ chunk: Span<UInt8>) -> SnapshotError {
        let place = cursor.place(outcome.position, in: chunk)
        let fault = SnapshotRejection(
            outcome,
            found: chunk.extracting(droppingFirst: outcome.position),
            isFirst: place.byteOffset == 0,
            hasBegun: assembly.hasBegun
        )
        return .unusable(source: source, fault, at: place)
    }
}

extension SnapshotError {
    /// A document that is no snapshot, for a reason, at a place.
    static func unusable(source: String, _ fault: SnapshotRejection, at place: Place)
        -> SnapshotError
    {
        .unusable(
            source: source,
            isNot: fault.isNot,
            at: place,
            finding: fault.finding,
            advice: fault.advice
        )
    }

    /// A document that there is no memory to read.
    static func noMemory(source: String) -> SnapshotError {
        .unreadable(source: source, errno: Errno(code: ENOMEM), advice: "free some memory")
    }
}
