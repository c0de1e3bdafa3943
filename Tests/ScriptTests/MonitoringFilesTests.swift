import Foundation
import TestSupport
import Testing

/// The files of `scripts` that other programs read, as those programs see them.
@Suite struct MonitoringFiles {
    private let folder = Command.root.appending(path: "scripts")

    @Test func `The alerts fire when they should, and not when they should not`() throws {
        let promtool = Command.root.appending(path: ".build/prometheus/usr/bin/promtool").path
        try #require(FileManager.default.isExecutableFile(atPath: promtool))
        let test = folder.appending(path: "prometheus/halfopen.rules.test.yml").path
        let answer = try Command(promtool, ["test", "rules", test], in: TemporaryFolder())
        #expect(answer.status == 0, "\(answer.output)\(answer.errors)")
        #expect(answer.output.contains("SUCCESS"))
    }

    /// The alerts with their annotations, as the rules have them.
    private func alerts() throws -> [(name: String, text: String)] {
        let rules = try String(
            contentsOf: folder.appending(path: "prometheus/halfopen.rules.yml"),
            encoding: .utf8
        )
        return rules.components(separatedBy: "- alert: ").dropFirst().map { text in
            (String(text.prefix { $0 != "\n" }), text)
        }
    }

    @Test func `Every alert is shown to fire, and has its page in the manual`() throws {
        let tests = try String(
            contentsOf: folder.appending(path: "prometheus/halfopen.rules.test.yml"),
            encoding: .utf8
        )
        let manual = try String(
            contentsOf: Command.root.appending(path: "man/halfopen-alerts.7"),
            encoding: .utf8
        )
        let alerts = try alerts()
        #expect(alerts.count == 12)
        for (name, text) in alerts {
            #expect(tests.contains("alertname: \(name)\n        exp_alerts:"), "\(name)")
            #expect(tests.contains("alertname: \(name)}"), "\(name) must also not fire")
            #expect(text.contains("runbook_url: man:halfopen-alerts(7)#\(name)\n"))
            #expect(manual.contains(".Ss \(name)\n"), "\(name)")
        }
    }

    /// The commands in backquotes, each once, as a shell would be given them.
    @Test func `The commands that alerts name can be pasted into a shell`() throws {
        var commands: Set<String> = []
        for (_, text) in try alerts() {
            let description = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let found = description.matches(of: /`([^`]*)`/).map { String($0.output.1) }
            #expect(found.count == 1, "\(text)")
            commands.formUnion(found)
        }
        let home = try TemporaryFolder()
        for (name, script) in [
            ("sudo", #"exec "$@""#),
            ("systemctl", #"[ "$1 $2" = "--no-pager status" ] || exit 64"#),
            ("halfopen", #"exec \#(Command.root.path)/.build/debug/halfopen "$@""#),
        ] {
            let program = home.url.appending(path: name)
            try "#!/bin/sh\n\(script)\n".write(to: program, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755],
                ofItemAtPath: program.path
            )
        }
        for command in commands {
            let answer = try Command(
                "/bin/sh",
                ["-c", command],
                environment: ["PATH": "\(home.url.path):/usr/bin:/bin"],
                in: home
            )
            #expect([0, 1, 2].contains(answer.status), "\(command): \(answer.errors)")
            #expect(!answer.errors.contains("invalid"), "\(command): \(answer.errors)")
            #expect(!answer.errors.contains("not found"), "\(command): \(answer.errors)")
        }
    }

    @Test func `Every metric of the rules and the dashboard is one of the manual's`() throws {
        let manual = try String(
            contentsOf: Command.root.appending(path: "man/halfopen-watch.8"),
            encoding: .utf8
        )
        for file in ["prometheus/halfopen.rules.yml", "grafana/halfopen.json"] {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            let names = Set(text.matches(of: /\bhalfopen_[a-z_]+/).map { String($0.output) })
            #expect(names.count >= 4)
            for name in names { #expect(manual.contains(name), "\(name) of \(file)") }
            #expect(text.contains("istio_requests_total"))
        }
    }

    @Test func `No two panels of the dashboard overlap, and every one says what it shows`() throws {
        let data = try Data(contentsOf: folder.appending(path: "grafana/halfopen.json"))
        let dashboard = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        var taken: Set<[Int]> = []
        for panel in panels {
            let place = try #require(panel["gridPos"] as? [String: Int])
            let (x, y) = (place["x"] ?? 0, place["y"] ?? 0)
            let cells = (0..<(place["w"] ?? 0)).flatMap { column in
                (0..<(place["h"] ?? 0)).map { [x + column, y + $0] }
            }
            #expect(taken.isDisjoint(with: cells))
            #expect(cells.allSatisfy { $0[0] < 24 })
            taken.formUnion(cells)
            #expect((panel["description"] as? String)?.isEmpty == false)
        }
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    }
}

/// The panels that read a report, by the data source "Infinity", against one that was printed.
@Suite struct ReportPanels {
    private static let check = """
        import json, sys
        dashboard, report = (json.load(open(path)) for path in sys.argv[1:])
        variables = {entry["name"]: entry for entry in dashboard["templating"]["list"]}
        kind = "yesoreyeram-infinity-datasource"
        assert variables["json"]["type"] == "datasource" and variables["json"]["query"] == kind
        assert variables["report"]["query"].endswith(":9471/report")
        def follow(value, path):
            for step in path.split("."):
                if value is None:
                    return None
                value = value[int(step)] if isinstance(value, list) and value else (
                    None if isinstance(value, list) else value[step])
            return value
        types = {"string": str, "number": (int, float), "boolean": bool}
        panels = [panel for panel in dashboard["panels"] if panel["datasource"]["type"] == kind]
        for panel in panels:
            (query,) = panel["targets"]
            assert panel["datasource"] == query["datasource"] == {"type": kind, "uid": "${json}"}
            assert (query["type"], query["source"], query["url"]) == ("json", "url", "${report}")
            rows = report[query["root_selector"]]
            names = [column["text"] for column in query["columns"]]
            assert len(set(names)) == len(names)
            for column in query["columns"]:
                values = [follow(row, column["selector"]) for row in rows]
                known = [value for value in values if value is not None]
                assert known, f"no row has {column['selector']}"
                assert all(isinstance(value, types[column["type"]]) for value in known), column
            for override in panel["fieldConfig"]["overrides"]:
                assert override["matcher"]["options"] in names
        print(len(panels))
        """

    @Test func `Every column of a report's panels is a field of a report, and of its kind`() throws
    {
        let answer = try Command(
            "/usr/bin/env",
            [
                "python3", "-c", Self.check,
                Command.root.appending(path: "scripts/grafana/halfopen.json").path,
                Command.root.appending(path: "Tests/ReportingTests/Goldens/proxies.json").path,
            ],
            in: TemporaryFolder()
        )
        #expect(answer.output == "2\n", "\(answer.errors)")
    }
}

@Suite struct SystemdUnits {
    /// The units where systemd looks for them, with the programs that they start.
    private func stage() throws -> TemporaryFolder {
        let root = try TemporaryFolder()
        let files = FileManager.default
        let units = root.url.appending(path: "etc/systemd/system").path
        try files.createDirectory(atPath: units, withIntermediateDirectories: true)
        let source = Command.root.appending(path: "scripts/systemd").path
        for unit in try files.contentsOfDirectory(atPath: source) {
            try files.copyItem(atPath: "\(source)/\(unit)", toPath: "\(units)/\(unit)")
        }
        let library = root.url.appending(path: "lib/systemd").path
        try files.createDirectory(atPath: library, withIntermediateDirectories: true)
        try files.copyItem(atPath: "/lib/systemd/system", toPath: "\(library)/system")
        for program in ["usr/local/bin/halfopen", "usr/local/bin/pod-snapshot-file", "bin/kill"] {
            let place = root.url.appending(path: program)
            try files.createDirectory(
                at: place.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try files.copyItem(atPath: "/bin/true", toPath: place.path)
        }
        return root
    }

    private static let all = [
        "halfopen-watch.service", "pod-snapshot.service", "pod-snapshot.timer",
    ]

    @Test(arguments: all)
    func `systemd finds nothing wrong with a unit`(unit: String) throws {
        let root = try stage()
        let answer = try Command(
            "/usr/bin/systemd-analyze",
            ["verify", "--man=no", "--root=\(root.url.path)", unit],
            in: TemporaryFolder()
        )
        let complaints = answer.errors.split(separator: "\n").filter { line in
            Self.all.contains { line.contains($0) }
        }
        #expect(complaints == [])
    }

    /// The drop-in is where its own text says to put it.
    @Test func `With its drop-in, the service may close connections, and systemd takes it`()
        throws
    {
        let root = try stage()
        let units = root.url.appending(path: "etc/systemd/system")
        let folder = units.appending(path: "halfopen-watch.service.d")
        let files = FileManager.default
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        try files.moveItem(
            at: units.appending(path: "reap.conf"),
            to: folder.appending(path: "reap.conf")
        )
        let verified = try Command(
            "/usr/bin/systemd-analyze",
            ["verify", "--man=no", "--root=\(root.url.path)", "halfopen-watch.service"],
            in: TemporaryFolder()
        )
        #expect(!verified.errors.contains("reap.conf"), "\(verified.errors)")
        #expect(!verified.errors.contains("halfopen-watch.service:"), "\(verified.errors)")
        let security = try Command(
            "/usr/bin/systemd-analyze",
            [
                "security", "--offline=true", "--root=\(root.url.path)", "--no-pager",
                "halfopen-watch.service",
            ],
            in: TemporaryFolder()
        )
        // What may administer the network is a fault to systemd-analyze; the service alone has none.
        let administers = /✗ CapabilityBoundingSet=~CAP_NET_ADMIN/
        #expect(security.output.contains(administers), "\(security.output)")
        try files.removeItem(at: folder)
        let alone = try Command(
            "/usr/bin/systemd-analyze",
            [
                "security", "--offline=true", "--root=\(root.url.path)", "--no-pager",
                "halfopen-watch.service",
            ],
            in: TemporaryFolder()
        )
        #expect(!alone.output.contains(administers))
    }

    /// The exposure that `systemd-analyze` may find, of 100; without any protection it is 96.
    @Test(arguments: [("halfopen-watch.service", 30), ("pod-snapshot.service", 15)])
    func `A service may do little beyond its job`(unit: String, exposure: Int) throws {
        let root = try stage()
        let answer = try Command(
            "/usr/bin/systemd-analyze",
            [
                "security", "--offline=true", "--root=\(root.url.path)", "--threshold=\(exposure)",
                "--no-pager", unit,
            ],
            in: TemporaryFolder()
        )
        #expect(answer.status == 0, "\(answer.output.suffix(200))")
    }

    /// Two machines' delays differ, and one's is always the same.
    @Test func `The nodes of a cluster do not ask for its Pods together`() throws {
        let timer = try String(
            contentsOf: Command.root.appending(path: "scripts/systemd/pod-snapshot.timer"),
            encoding: .utf8
        )
        let settings = timer.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(settings.contains("RandomizedDelaySec=50"))
        #expect(settings.contains("FixedRandomDelay=yes"))
    }

    @Test(arguments: ["halfopen-watch.service", "reap.conf"])
    func `The options that the watch is started with exist`(file: String) throws {
        let text = try String(
            contentsOf: Command.root.appending(path: "scripts/systemd/\(file)"),
            encoding: .utf8
        )
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("ExecStart=/") })
        let help = try Command(".build/debug/halfopen", ["watch", "--help"], in: TemporaryFolder())
            .output
        for option in line.split(separator: " ").filter({ $0.hasPrefix("--") }) {
            #expect(help.contains("\(option) "), "\(option)")
        }
    }
}
