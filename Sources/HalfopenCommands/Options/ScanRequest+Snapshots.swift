import LinuxSystem
import Model
import PodSnapshot

extension ScanRequest {
    /// Reads an opened snapshot, and adds what the command line says of it.
    func read(_ file: SnapshotFile) throws(SnapshotError) -> SnapshotContents {
        var content = try file.read(now: systemTime)
        if let capturedAt = capturedAt {
            content.document.statedReadTime = (capturedAt, .option)
        }
        if isClusterWide, content.document.scope == .unknown {
            content.document.scope = .cluster
        }
        if !replays.isEmpty { content.document.judgeWithRecording() }
        return content
    }
}

extension SnapshotContents {
    /// What was read, for `--verbose`.
    var info: String {
        let bound =
            document.readNotBefore == .distantPast
            ? "with no lower bound of its age"
            : "surely not before \(document.readNotBefore.rfc3339)"
        let duration = document.readingEnded - document.readingBegan
        return "snapshot '\(document.source)': \(document.format.rawValue), scope"
            + " \(document.scope.rawValue), captured \(document.claimedReadTime.rfc3339)"
            + " (\(document.readTimeSource.rawValue)), \(bound), items: \(document.items), Pods:"
            + " \(pods.count), Nodes: \(nodes.count), other items: \(document.otherItems); read in"
            + " \(duration.milliseconds) ms"
    }
}
