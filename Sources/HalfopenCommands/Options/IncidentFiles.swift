/// The files that `explain` reads, as the command line names them.
struct IncidentFiles: Equatable {
    var accessLogs: [String] = []
    var envoyLogs: [String] = []
    var captures: [String] = []

    /// More files than this are not open at the same time.
    static let limit = 256

    /// All of them.
    var all: [String] { accessLogs + envoyLogs + captures }
}

extension ScanRequest {
    /// Refuses what `explain` cannot be asked.
    func checkIncident() throws(UsageError) {
        if incident.all.isEmpty {
            throw UsageError(
                message: "no log: give one with --access-log FILE, --envoy-log FILE or --pcap FILE,"
                    + " or - for standard input"
            )
        }
        if incident.all.count > IncidentFiles.limit {
            throw UsageError(
                message: "\(incident.all.count) logs are given; at most \(IncidentFiles.limit) are"
                    + " read at once"
            )
        }
        if (incident.all + snapshots + replays).count(where: { $0 == "-" }) > 1 {
            throw UsageError(message: "standard input is named twice; it can be read once")
        }
    }
}
