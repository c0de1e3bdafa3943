import Glibc
import LinuxSystem
import Model
import PodSnapshot

/// The snapshots of a watch: read again when their files were replaced, and the last good one of
/// each serves until there is a better.
struct SnapshotCache {
    private struct Place {
        /// What was last good.
        var contents: SnapshotContents
        /// The file as it was when it was last read, good or not.
        var stamp: FileStatus?
        /// Why the file is not what serves.
        var fault: String?
    }

    private let request: ScanRequest
    private let companion: Companion
    private var places: [Place]
    private var ztunnel = ZtunnelMemory()

    /// Reads all snapshots, which were opened in the order of the command line.
    ///
    /// - Parameters:
    ///   - request: The command line.
    ///   - files: The snapshots.
    ///   - companion: Who opens them again.
    /// - Throws: ``SnapshotError`` where one cannot be read: there is none yet to serve instead.
    init(
        _ request: ScanRequest,
        reading files: [SnapshotFile],
        reopening companion: Companion
    ) throws(SnapshotError) {
        self.request = request
        self.companion = companion
        places = []
        for (path, file) in zip(request.snapshots, files) {
            let stamp = try Self.regular(try file.status(), path)
            places.append(Place(contents: try request.read(file), stamp: stamp))
        }
    }

    /// What serves now, in the order of the command line.
    var snapshots: SnapshotSet {
        SnapshotSet(
            contents: places.map(\.contents) + [ztunnel.contents].compactMap(\.self),
            gaps: [ztunnel.fault].compactMap(\.self)
        )
    }

    /// Asks the node's ztunnel again, if it is to be asked.
    ///
    /// - Returns: Whether another snapshot serves now.
    mutating func askZtunnel() -> Bool {
        guard request.asksZtunnel else { return false }
        ztunnel.take(companion.openZtunnel(), now: steadyTime())
        return true
    }

    /// Why what serves is not what the files hold: one sentence each.
    var faults: [String] { places.compactMap(\.fault) }

    /// Looks whether files were replaced, and reads those that were.
    ///
    /// - Parameter all: Whether to read them all.
    /// - Returns: Whether another snapshot serves now.
    mutating func refresh(all: Bool) -> Bool {
        var isChanged = false
        for index in places.indices {
            let path = request.snapshots[index]
            do throws(SnapshotError) {
                let file = try open(index)
                let stamp = try file.status()
                if !all, stamp == places[index].stamp { continue }
                // It is not read again before it changes.
                places[index].stamp = stamp
                let contents = try request.read(file)
                if try open(index).status() != stamp {
                    // Whoever writes it is still at it, or has replaced it: the next scan will see.
                    places[index].stamp = nil
                    continue
                }
                if contents.document.items == 0 {
                    places[index].fault = stillServing(index, "snapshot '\(path)' has no items")
                    continue
                }
                places[index].contents = contents
                places[index].fault = nil
                isChanged = true
            } catch {
                places[index].fault = stillServing(index, error.description)
            }
        }
        return isChanged
    }

    private func stillServing(_ index: Int, _ fault: String) -> String {
        let capture = places[index].contents.document.claimedReadTime
        return "\(fault); until it is fixed, the last good snapshot is used, of \(capture.rfc3339)"
    }

    /// Opens the file that has the path now.
    ///
    /// Its status is the stamp: a file that was replaced is read once more.
    private mutating func open(_ index: Int) throws(SnapshotError) -> SnapshotFile {
        let path = request.snapshots[index]
        do throws(Errno) {
            return SnapshotFile(path, reading: try companion.openSnapshot(index))
        } catch {
            // That a file cannot be opened may change without the file.
            places[index].stamp = nil
            throw .unreadable(path, error)
        }
    }

    /// A file's status, if it can be read again.
    private static func regular(
        _ status: FileStatus,
        _ path: String
    ) throws(SnapshotError) -> FileStatus {
        guard status.kind == .regular else { throw .unreadable(path, Errno(code: ESPIPE)) }
        return status
    }
}

extension SnapshotError {
    fileprivate static func unreadable(_ path: String, _ errno: Errno) -> SnapshotError {
        .unreadable(
            source: path,
            errno: errno,
            advice: errno.code == ESPIPE
                ? "a watch reads it repeatedly: give a file" : errno.readingAdvice
        )
    }
}
