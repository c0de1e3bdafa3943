extension Option {
    /// What an incident left behind.
    static let incident: [Option] = [
        Option(
            "access-log",
            takes: .input,
            of: [.explain],
            isRepeatable: true,
            help: """
                an access log of Envoy in Istio's format, text or JSON; - is standard input
                """,
            details: """
                What kubectl(1), stern, docker compose, journalctl(1) and container runtimes put \
                around the lines is removed. Other lines are skipped.
                """
        ) { $0.incident.accessLogs.append($1) },
        Option(
            "envoy-log",
            takes: .input,
            of: [.explain],
            isRepeatable: true,
            help: "Envoy's own log at level debug; - is standard input",
            details: """
                The loggers connection, pool, router, http and client are needed. It may be the same \
                file as the access log.
                """
        ) { $0.incident.envoyLogs.append($1) },
        Option(
            "pcap",
            takes: .input,
            of: [.explain],
            isRepeatable: true,
            help: "a packet capture, such as of tcpdump in the new Pod; - is standard input",
            details: "pcap and pcapng are read. Packets may be cut after the TCP header."
        ) { $0.incident.captures.append($1) },
    ]
}
