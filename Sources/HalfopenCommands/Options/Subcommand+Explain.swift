extension Subcommand {
    /// What help and the completions say of `explain`.
    static let explaining = Description(
        summary: "find out why requests failed, from logs and captures",
        usage: ["--access-log FILE... [--envoy-log FILE] [--pcap FILE] [-s FILE] [OPTION]..."],
        purpose:
            "Reads what an incident left behind, and reports for each failed request whether a"
            + " stale connection was the cause, how that is known, and if not, what the cause was.",
        examples: [
            (
                "The access log of a waypoint:",
                "kubectl logs deploy/waypoint | halfopen explain --access-log -"
            ),
            (
                "With a capture from the new Pod, and snapshots from before and after:",
                "halfopen explain --access-log FILE --pcap FILE -s before.json -s after.json"
            ),
        ],
        statuses: [
            ("0", "everything was read, and every failed request had another cause"),
            ("1", "a request used a stale connection, or probably did"),
            ("2", "something could not be read, or the cause of a request is unknown"),
            ("64", "the command line is wrong"),
        ],
        page: "halfopen-explain(8)"
    )
}
