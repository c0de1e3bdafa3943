import Glibc
import LinuxSystem
import Model
import PodSnapshot

/// The snapshots of a watch: read again when their files were replaced, and the last good one of
/// each serves until there is a better.
struct SnapshotShelf {
    /// What stat(2) says of a file that another one, or another content, would not have.
    private struct Stamp: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int
        var modifiedSeconds: Int
        var modifiedNanoseconds: Int
    }

    private struct Place {
        /// What was last good.
        var contents: SnapshotContents
        /// The file as it was when it was last read, good or not.
        var stamp: Stamp?
        /// Why the file is not what serves.
        var fault: String?
    }

    private let request: ScanRequest
    private var places: [Place]

    /// Reads all snapshots.
    ///
    /// - Throws: ``SnapshotError`` where one cannot be read: there is none yet to serve instead.
    init(_ request: ScanRequest) throws(SnapshotError) {
        self.request = request
        places = []
        for path in request.snapshots {
            let stamp = try Self.stamp(of: path)
            places.append(
                Place(contents: try request.read(SnapshotFile(opening: path)), stamp: stamp)
            )
        }
    }

    /// What serves now, in the order of the command line.
    var contents: [SnapshotContents] { places.map(\.contents) }

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
                let stamp = try Self.stamp(of: path)
                if !all, stamp == places[index].stamp { continue }
                // That a file cannot be opened may change without the file.
                places[index].stamp = nil
                let file = try SnapshotFile(opening: path)
                // What it holds does not: it is not read again before it changes.
                places[index].stamp = stamp
                let contents = try request.read(file)
                if try Self.stamp(of: path) != stamp {
                    // Whoever writes it is still at it, or has replaced it: the next scan will see.
                    places[index].stamp = nil
                    continue
                }
                if contents.document.items == 0 {
                    places[index].fault = stillServing(index, "snapshot '\(path)' holds no item")
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
        let capture = places[index].contents.document.claimedCapture
        return "\(fault); until then the last good one serves, of \(capture.rfc3339)"
    }

    /// The file's stamp, taken before it is read: a file replaced in between is read once more.
    ///
    /// The corresponding C function is `stat`.
    private static func stamp(of path: String) throws(SnapshotError) -> Stamp {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .unreadable(path, .current) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path, Errno(code: ESPIPE))
        }
        return Stamp(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            size: Int(status.st_size),
            modifiedSeconds: status.st_mtim.tv_sec,
            modifiedNanoseconds: status.st_mtim.tv_nsec
        )
    }
}

extension SnapshotError {
    fileprivate static func unreadable(_ path: String, _ errno: Errno) -> SnapshotError {
        .unreadable(
            source: path,
            errno: errno,
            advice: errno.code == ESPIPE
                ? "a watch reads it again and again: give a file" : "check the path"
        )
    }
}
