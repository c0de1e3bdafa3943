import LinuxSystem
import Model

/// A capture, or what `ss -D` wrote, in an open file, pipe or standard input; it is read as it is
/// asked for, and never held whole.
package final class RecordingInput {
    /// What the file holds, as its first bytes tell.
    package enum Kind: Sendable {
        /// A capture, whose records follow.
        case capture(RecordingHeading)
        /// Netlink messages of `ss`; when the file was last modified, unless it is none.
        case ss(modified: WallTime?)
    }

    /// How messages name it: its path, or `-`.
    package let path: String
    private var file: InputFile
    private var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    private var capture = RecordingDecoder()
    private var dump = SSDumpDecoder()

    /// Opens a file without reading any of it, or takes standard input for `-`.
    ///
    /// - Throws: ``RecordingFileError`` when it cannot be opened.
    package init(opening path: String) throws(RecordingFileError) {
        self.path = path
        do throws(Errno) {
            file = try InputFile(opening: path)
        } catch {
            throw .unreadable(path: path, error)
        }
    }

    /// Reads the beginning, once and first.
    ///
    /// - Returns: What the file holds.
    /// - Throws: ``RecordingFileError`` when it cannot be read, or holds something else.
    package func begin() throws(RecordingFileError) -> Kind {
        do throws(Errno) { try file.awaitWriter() } catch { throw .unreadable(path: path, error) }
        var start: [UInt8] = []
        // As long as the longer of what tells the two apart.
        while start.count < 16 {
            let bytes = try read()
            if bytes.isEmpty { break }
            start += bytes
        }
        if RecordingDecoder.isCapture(start) {
            capture.feed(start[...])
            if case .heading(let heading) = try nextRecord() { return .capture(heading) }
        } else if SSDumpDecoder.isDump(start) {
            dump.feed(start[...])
            return .ss(modified: try modificationTime())
        }
        let compression = Compression(beginning: start.span)
        let fault = compression.map(RecordingError.Fault.compressed) ?? .foreign
        throw .unusable(path: path, RecordingError(start.isEmpty ? .empty : fault, at: 0))
    }

    /// The next record of a capture; `nil` after the last, when all were there.
    ///
    /// - Throws: ``RecordingFileError`` when it cannot be read, or ends here without its end.
    package func nextRecord() throws(RecordingFileError) -> RecordingRecord? {
        while true {
            let record = try decoding { () throws(RecordingError) in try capture.next() }
            if let record { return record }
            let bytes = try read()
            if bytes.isEmpty {
                try decoding { () throws(RecordingError) in try capture.finish() }
                return nil
            }
            capture.feed(bytes)
        }
    }

    /// The next netlink message of `ss`; `nil` after the last, when it was whole.
    ///
    /// - Throws: ``RecordingFileError`` when it cannot be read, or ends within a message.
    package func nextMessage() throws(RecordingFileError) -> [UInt8]? {
        while true {
            let message = try decoding { () throws(RecordingError) in try dump.next() }
            if let message { return message }
            let bytes = try read()
            if bytes.isEmpty {
                try decoding { () throws(RecordingError) in try dump.finish() }
                return nil
            }
            dump.feed(bytes)
        }
    }

    private func decoding<Value>(
        _ body: () throws(RecordingError) -> Value
    ) throws(RecordingFileError) -> Value {
        do throws(RecordingError) {
            return try body()
        } catch {
            throw .unusable(path: path, error)
        }
    }

    /// When a regular file was last modified.
    private func modificationTime() throws(RecordingFileError) -> WallTime? {
        do throws(Errno) {
            return try file.status().modified
        } catch {
            throw .unreadable(path: path, error)
        }
    }

    /// The next bytes; none at the end.
    private func read() throws(RecordingFileError) -> ArraySlice<UInt8> {
        do throws(InputFile.Fault) {
            return chunk[..<(try file.read(into: &chunk))]
        } catch {
            switch error {
            case .system(let errno): throw .unreadable(path: path, errno)
            case .noWriter(let seconds): throw .noWriter(path: path, waitedSeconds: seconds)
            case .silent(let seconds): throw .silent(path: path, waitedSeconds: seconds)
            }
        }
    }
}
