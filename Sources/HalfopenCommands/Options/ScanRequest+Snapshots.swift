import LinuxSystem
import Model
import PodSnapshot

extension ScanRequest {
    /// Opens the snapshots in their order.
    func openSnapshots() throws(SnapshotError) -> [SnapshotFile] {
        var files: [SnapshotFile] = []
        for path in snapshots { files.append(try SnapshotFile(opening: path)) }
        return files
    }

    /// Gives up the privileges that nothing needs any more once all is open; this comes before
    /// anything from outside is read.
    func dropPrivileges() throws(PrivilegesError) {
        // These files are replaced at the end in their folders, which may be another user's.
        let writes = state != nil || (outputFile ?? "-") != "-"
        var kept: Capabilities = writes ? .dacOverride : []
        if !isDryRun { kept.insert(.netAdmin) }
        try Privileges.drop(
            keeping: kept,
            user: writes ? .kept : .dropped
        )
    }

    /// The same for a watch, which opens all again for each scan.
    func dropPrivilegesOfWatch() throws(PrivilegesError) {
        // Snapshots may be in files that their owner keeps to himself.
        var kept: Capabilities = .dacReadSearch
        if state != nil || metricsFile != nil { kept.insert(.dacOverride) }
        if !isDryRun { kept.insert(.netAdmin) }
        if targets != [.current] { kept.formUnion([.sysAdmin, .sysPtrace]) }
        try Privileges.drop(keeping: kept, user: .kept)
    }

    /// Reads the opened snapshots, and adds what the command line says of them.
    func read(_ files: [SnapshotFile]) throws(SnapshotError) -> [SnapshotContents] {
        var contents: [SnapshotContents] = []
        for file in files { contents.append(try read(file)) }
        return contents
    }

    /// Reads one of them.
    func read(_ file: SnapshotFile) throws(SnapshotError) -> SnapshotContents {
        var content = try file.read(now: systemTime)
        if let capturedAt = capturedAt {
            content.document.statedCapture = (capturedAt, .option)
        }
        if isClusterWide, content.document.scope == .unknown {
            content.document.scope = .cluster
        }
        if !replays.isEmpty { content.document.judgeWithCapture() }
        return content
    }
}

extension SnapshotContents {
    /// What was read, for `--verbose`.
    var info: String {
        let bound =
            document.captureBound == .distantPast
            ? "with no time that bounds its age"
            : "surely not before \(document.captureBound.rfc3339)"
        let duration = document.readingEnded - document.readingBegan
        return "snapshot '\(document.source)': \(document.format.rawValue), scope"
            + " \(document.scope.rawValue), captured \(document.claimedCapture.rfc3339)"
            + " (\(document.captureSource.rawValue)), \(bound), items: \(document.items), Pods:"
            + " \(pods.count), Nodes: \(nodes.count), of no use here: \(document.otherItems); read in"
            + " \(duration.milliseconds) ms"
    }
}
