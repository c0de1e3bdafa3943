import LinuxSystem

/// Why a snapshot document could not be read at all.
///
/// What is wrong with a single item is no error, but a problem of the document.
package enum SnapshotError: Error, Hashable, Sendable {
    /// A place in a document.
    package struct Place: Hashable, Sendable {
        /// The line, counted from 1.
        package var line: Int
        /// The byte, counted from 0.
        package var byteOffset: Int
    }

    /// The system would not hand the document over.
    case unreadable(source: String, errno: Errno, advice: String)
    /// Nothing is writing to the FIFO, and nothing began to within the given seconds.
    case noWriter(source: String, waitedSeconds: Int)
    /// Whoever writes it has written nothing for the given seconds.
    case silent(source: String, waitedSeconds: Int)
    /// The document is not what it should be.
    case unusable(source: String, isNot: String, at: Place, finding: String, advice: String)
}

extension SnapshotError: CustomStringConvertible {
    /// Operation, object, what was found, and what to do: one line.
    package var description: String {
        switch self {
        case .unreadable(let source, let errno, let advice):
            "cannot read snapshot '\(source)': \(errno); \(advice)"
        case .noWriter(let source, let seconds):
            "cannot read snapshot '\(source)': it is a FIFO, and no process has opened it for"
                + " writing in \(seconds) s; start the writing command first, or give a file"
        case .silent(let source, let seconds):
            "cannot read snapshot '\(source)': its writer has written nothing for \(seconds) s; check"
                + " the writing command"
        case .unusable(let source, let isNot, let place, let finding, let advice):
            "snapshot '\(source)' is not \(isNot): line \(place.line), byte \(place.byteOffset): "
                + "\(finding); \(advice)"
        }
    }
}
