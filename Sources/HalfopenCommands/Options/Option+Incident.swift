extension Option {
    /// What options of several commands do in `explain`, where that is something else.
    static let incidentWords: [String: (help: String, details: String)] = [
        "snapshot": (
            """
            who had which Pod IP: a snapshot from before or after the incident; - is standard input
            """,
            """
            Give one from before and one from after. Those of ztunnel say nothing here, because they \
            have no times. See halfopen-snapshot(5).
            """
        ),
        "replay": (
            """
            when peers were last heard: a file of 'halfopen capture' or 'ss -D FILE -i' from before \
            the incident; - is standard input
            """,
            "See halfopen-capture(5)."
        ),
        "dumped-at": (
            "when ss wrote its dump, or shortly after; without it the answer is incomplete",
            """
            Without it, the file's modification time is used. That time is later if the file was \
            copied, and connections then seem to have been heard later than they were.
            """
        ),
        "port": ("the port of the tunnels; default 15008", ""),
        "state": (
            "the connections that earlier runs remembered in this file; it is only read",
            "See halfopen-state(5)."
        ),
        "output": (
            "table (default), json, ndjson or html", "To write a file, redirect standard output."
        ),
        "verbose": ("print on standard error what was read of each file", ""),
    ]

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
