import LinuxSystem
import Model

/// What a ztunnel answers on its admin port: its `config_dump`, read as it comes.
package struct ZtunnelDump: ~Copyable {
    /// What messages and reports call the document.
    package static let source = "--ztunnel"
    /// The longest answer: two hundred thousand workloads have a third of it.
    package static let sizeLimit = 1 << 30

    /// Why there is no snapshot.
    package enum Fault: Error, Hashable {
        /// The exchange failed.
        case http(HTTPError)
        /// The answer is no snapshot.
        case document(SnapshotError)
    }

    private var response: HTTPResponse
    private let asked: WallTime

    /// Asks for the dump.
    ///
    /// - Parameters:
    ///   - connection: A connection to the admin server, or one that is under way.
    ///   - host: The admin server, for the request.
    ///   - timeLimit: For the whole exchange.
    ///   - sizeLimit: The longest answer, in bytes.
    ///   - now: The wall clock: what it says before the request is when the data was read.
    package init(
        over connection: consuming FileDescriptor,
        from host: String,
        timeLimit: TimeSpan,
        sizeLimit: Int = sizeLimit,
        now: WallTime
    ) throws(HTTPError) {
        asked = now
        response = try HTTPResponse(
            getting: "/config_dump",
            from: host,
            over: connection,
            timeLimit: timeLimit,
            bodyLimit: sizeLimit
        )
    }

    /// Reads the answer to its end.
    ///
    /// - Parameter now: The clock, asked when the last byte has been read.
    package mutating func read(now: () -> WallTime) throws(Fault) -> SnapshotContents {
        var reader: SnapshotReader
        do throws(SnapshotError) {
            reader = try SnapshotReader(
                source: Self.source,
                modified: nil,
                readingBegan: asked
            )
        } catch {
            throw .document(error)
        }
        while let piece = try next() {
            do throws(SnapshotError) {
                try reader.feed(response.buffer.span.extracting(piece))
            } catch {
                throw .document(error)
            }
        }
        var contents: SnapshotContents
        do throws(SnapshotError) {
            contents = try reader.finish(readingEnded: now())
        } catch {
            throw .document(error)
        }
        guard contents.document.format == .ztunnel else { throw .document(.notWorkloads) }
        contents.document.statedReadTime = (asked, .request)
        contents.document.isOfOwnZtunnel = true
        return contents
    }

    private mutating func next() throws(Fault) -> Range<Int>? {
        do throws(HTTPError) { return try response.next() } catch { throw .http(error) }
    }
}

extension SnapshotError {
    /// A snapshot, but not what a ztunnel would answer.
    fileprivate static let notWorkloads = SnapshotError.unusable(
        source: ZtunnelDump.source,
        isNot: "a dump of ztunnel's workloads",
        at: Place(line: 1, byteOffset: 0),
        finding: "found another list",
        advice: "check what listens on ztunnel's admin port"
    )
}
