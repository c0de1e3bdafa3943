import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// `--discover` on nodes made of namespaces, with real processes that look as Istio's do.
///
/// One after the other: two nodes at once take more than twice as long.
@Suite(.serialized, .enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct NodeTests {
    /// Eleven proxies, each in a namespace with as many connections as its number says, and what looks
    /// like one in thirty others.
    private static let node = """
        for name in pilot-agent envoy emulator ztunnel agentgateway; do stand-in $name; done
        istio() { inside "POD_NAME=$1" POD_NAMESPACE=shop ISTIO_META_CLUSTER_ID=east "${@:2}"; }
        inside() { start nsenter --net="/proc/$held/ns/net" -- env "$@"; }
        apart() { start unshare --net -- env "$@"; }
        sockets() { hold "10.244.9.9,15008,$1"; }

        # The agent with its Envoy, as the images have them.
        sockets 1
        istio waypoint-1 bash -c 'exec -a /usr/local/bin/pilot-agent ./pilot-agent proxy waypoint --domain d'
        istio waypoint-1 bash -c 'exec -a /usr/local/bin/envoy ./envoy -c etc/istio/proxy/envoy-rev.json'
        sockets 2
        istio waypoint-2 unshare --pid --fork --mount-proc -- ./pilot-agent proxy waypoint
        sockets 3
        istio waypoint-3 bash -c './pilot-agent proxy waypoint; :'
        # Two in one namespace.
        sockets 4
        istio waypoint-4 ./pilot-agent proxy waypoint
        istio waypoint-4 ./pilot-agent proxy waypoint
        istio waypoint-4 ./envoy -c a
        istio waypoint-4 ./envoy -c b
        # Run by another program, such as an emulator of its processor.
        sockets 5
        istio waypoint-5 bash -c 'exec -a pilot-agent ./emulator proxy waypoint'
        # With a program that was replaced on the disk.
        sockets 6
        cp pilot-agent old && mkdir gone && mv old gone/pilot-agent
        istio waypoint-6 ./gone/pilot-agent proxy waypoint
        # As another user.
        sockets 7
        istio gateway-7 setpriv --reuid=1337 --regid=1337 --clear-groups ./pilot-agent proxy router
        sockets 8
        istio gateway-8 ./pilot-agent proxy --log_output_level=default:info router
        # Without an environment; the Pod's labels are under its root.
        sockets 9
        mkdir -p root/{bin,lib,lib64,usr,etc/istio/pod/..data}
        for folder in lib lib64 usr; do mount --bind "/$folder" "root/$folder"; done
        echo 'gateway.networking.k8s.io/gateway-name="edge"' >root/etc/istio/pod/..data/labels
        ln -s ..data/labels root/etc/istio/pod/labels
        # A shell with a script of its name: the other needs libraries that are not there.
        cp /bin/bash root/bin/pilot-agent && echo 'read -r _' >root/proxy
        inside chroot root /bin/pilot-agent proxy router
        sockets 10
        inside ./pilot-agent proxy waypoint
        # Without an agent.
        sockets 11
        istio edge-11 GATEWAY=edge CLUSTER_ID=east ./agentgateway --config '{}'

        for _ in 1 2 3; do
            apart bash -c 'read -r _; : pilot-agent proxy waypoint'
            apart bash -c 'exec -a "/usr/local/bin/pilot-agent proxy waypoint" ./envoy'
            # Nobody but Istio's program, or its environment, makes it an agent.
            apart bash -c 'exec -a pilot-agent ./envoy proxy waypoint'
            apart ./ztunnel proxy ztunnel
            apart ./envoy --agentgateway proxy waypoint
            apart ./envoy -c etc/istio/proxy/envoy-rev.json
            apart ./pilot-agent request GET waypoint
            apart ./pilot-agent wait
            apart ./pilot-agent proxy ztunnel
            # Found only where sidecars are asked for.
            apart POD_NAME=cart POD_NAMESPACE=shop ./pilot-agent proxy sidecar
        done
        settle 1
        rm gone/pilot-agent

        """

    /// What `--discover` must name, by the connections in each namespace.
    private static let proxies: [Int: (role: String, pod: String?)] = [
        1: ("waypoint", "waypoint-1"), 2: ("waypoint", "waypoint-2"), 3: ("waypoint", "waypoint-3"),
        4: ("waypoint", "waypoint-4"), 5: ("waypoint", "waypoint-5"), 6: ("waypoint", "waypoint-6"),
        7: ("gateway", "gateway-7"), 8: ("gateway", "gateway-8"), 9: ("gateway", nil),
        10: ("waypoint", nil), 11: ("agentgateway", "edge-11"),
    ]

    @Test func `On a node of 40 namespaces every proxy is found and no decoy, and all in one run`()
        throws
    {
        let answer = try TestNode().run(Self.node + "halfopen -s good.json --discover -a -o json")
        #expect(answer.errors == "")
        #expect(answer.status == 0)
        let report = try ReadReport(answer.output)
        #expect(report.complete)
        #expect(Set(report.targets.map(\.sockets)) == Set(Self.proxies.keys))
        #expect(report.targets.count == Self.proxies.count)
        #expect(report.summary.sockets == 66)
        for target in report.targets {
            let expected = try #require(Self.proxies[target.sockets])
            #expect(target.complete)
            #expect(target.role == expected.role)
            #expect(target.pod?.name == expected.pod)
            #expect(target.pod?.namespace == expected.pod.map { _ in "shop" })
            #expect(target.cluster == expected.pod.map { _ in "east" })
            #expect(target.workload == ([9, 11].contains(target.sockets) ? "edge" : nil))
            #expect(target.netns.path == target.pid.map { "/proc/\($0)/ns/net" })
        }
        #expect(report.findings.allSatisfy { $0.process?.command == "netns-sockets" })
    }

    @Test func `Processes that start and stop neither hide a proxy nor make a scan incomplete`()
        throws
    {
        let churn = """
            churn() {
                while :; do
                    unshare --net -- timeout 0.05 ./pilot-agent proxy waypoint <&9 &
                    unshare --net -- timeout 0.02 ./envoy <&9 &
                    for _ in 1 2 3 4 5; do /bin/true & done
                    wait
                done 2>/dev/null
            }
            churn &
            for _ in $(seq 8); do halfopen -s good.json --discover -q -o ndjson || echo "status $?"; done

            """
        let answer = try TestNode().run(Self.node + churn)
        #expect(answer.errors == "")
        struct Line: Decodable {
            var complete: Bool
            var targets: [ReadReport.Target]
        }
        let lines = answer.output.split(separator: "\n")
        #expect(lines.count == 8)
        for line in lines {
            let report = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            #expect(report.complete)
            let steady = report.targets.map(\.sockets).filter { $0 > 0 }
            #expect(Set(steady) == Set(Self.proxies.keys))
            #expect(steady.count == Self.proxies.count)
        }
    }

    @Test func `Roles narrow what is looked for`() throws {
        let answer = try TestNode().run(
            """
            stand-in pilot-agent; stand-in agentgateway
            for role in waypoint waypoint router sidecar; do apart ./pilot-agent proxy $role; done
            apart ./agentgateway
            settle
            for role in waypoint gateway sidecar agentgateway,sidecar; do
                halfopen -s good.json --discover --role $role -o json | grep -o '"role":"[a-z]*"' |
                    sort | uniq -c
                echo
            done
            """
        )
        #expect(answer.errors == "")
        let counts = answer.output.split(separator: "\n\n").map {
            $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        #expect(
            counts == [
                #"1 "role":"agentgateway" 2 "role":"waypoint""#,
                #"1 "role":"agentgateway" 1 "role":"gateway""#, #"1 "role":"sidecar""#,
                #"1 "role":"agentgateway" 1 "role":"sidecar""#,
            ]
        )
    }

    @Test func `The table has a heading for each waypoint, the summary a count`() throws {
        let answer = try TestNode().run(
            """
            stand-in pilot-agent
            for name in a b; do
                hold 192.0.2.1,15008,2
                inside env POD_NAME=$name POD_NAMESPACE=shop ./pilot-agent proxy waypoint
            done
            settle
            halfopen -s good.json --discover -a
            """
        )
        #expect(answer.status == 0)
        let headings = answer.output.split(separator: "\n").filter { $0.hasPrefix("[") }
        let masked = headings.map { $0.replacing(/pid \d+/, with: "pid N") }
        #expect(
            masked == [
                "[0] waypoint shop/a (pid N): 2 connections to :15008, 0 candidates",
                "[1] waypoint shop/b (pid N): 2 connections to :15008, 0 candidates",
            ]
        )
        #expect(answer.errors.contains(" among 4 connections to :15008 in 2 targets; "))
    }

    @Test func `Without a proxy the scan is complete and says so`() throws {
        let answer = try TestNode().run(
            "stand-in envoy; apart ./envoy; settle; halfopen -s good.json --discover"
        )
        #expect(answer.status == 0)
        #expect(answer.output == "")
        #expect(answer.errors.contains("no Istio proxy with a requested role runs on this node"))
    }

    @Test func `How many proxies were found is a metric, and none is a number, too`() throws {
        let answer = try TestNode().run(
            """
            stand-in pilot-agent
            targets() { halfopen -q "$@" -o prometheus | grep ^halfopen_targets; }
            targets --discover
            for name in a b; do
                hold 192.0.2.1,15008,1
                inside env POD_NAME=$name POD_NAMESPACE=shop ./pilot-agent proxy waypoint
            done
            settle
            targets -s good.json --discover
            targets -s good.json
            """
        )
        #expect(answer.errors == "")
        #expect(answer.output == "halfopen_targets 0\nhalfopen_targets 2\nhalfopen_targets 1\n")
    }

    @Test func `A namespace is one target, however often it is named`() throws {
        let answer = try TestNode().run(
            """
            stand-in pilot-agent
            hold 192.0.2.1,15008,2
            inside ./pilot-agent proxy waypoint
            settle
            halfopen -s good.json --discover -p "$held" -N "/proc/$held/ns/net" -o json
            """
        )
        #expect(answer.errors == "")
        #expect(try ReadReport(answer.output).targets.map(\.role) == ["waypoint"])
    }

    @Test func `Two namespaces whose proxies claim one name are said, and never counted as one`()
        throws
    {
        let answer = try TestNode().run(
            """
            stand-in pilot-agent
            for count in 2 3; do
                hold 192.0.2.1,15008,$count
                inside env POD_NAME=a POD_NAMESPACE=shop ./pilot-agent proxy waypoint
            done
            settle
            halfopen -s good.json --discover -o prometheus
            """
        )
        #expect(answer.errors.contains("2 network namespaces ("))
        #expect(answer.errors.contains(") claim to be Pod shop/a: at most one of them is;"))
        var counts: [Substring: Int] = [:]
        for line in answer.output.split(separator: "\n") {
            let sample = line.wholeMatch(
                of: /halfopen_sockets\{.*proxy_pod="a",proxy_netns="(\d+)"\} (\d+)/
            )
            guard let sample, let number = Int(sample.output.2) else { continue }
            counts[sample.output.1, default: 0] += number
        }
        #expect(counts.values.sorted() == [2, 3])
        #expect(!answer.output.contains(#"proxy_pod="a"}"#))
    }

    @Test func `A Pod whose labels hang is scanned with the others, and named`() throws {
        let answer = try TestNode().run(
            """
            stand-in pilot-agent
            mkdir -p root/{bin,lib,lib64,usr,etc/istio/pod}
            for folder in lib lib64 usr; do mount --bind "/$folder" "root/$folder"; done
            cp /bin/bash root/bin/pilot-agent && echo 'read -r _' >root/proxy
            silent-folder root/etc/istio/pod >mounted & server=$!
            until [ -s mounted ]; do sleep 0.01; done
            for name in a b; do
                hold 10.244.0.1,15008,2
                inside env POD_NAME=$name POD_NAMESPACE=shop chroot root /bin/pilot-agent proxy waypoint
            done
            hold 10.244.0.1,15008,3
            inside env POD_NAME=gateway-7 POD_NAMESPACE=shop ./pilot-agent proxy router
            settle
            began=$(date +%s%N)
            timeout 20 halfopen -s good.json --discover -a -o json >report 2>err; echo "status $?"
            [ $(( $(date +%s%N) - began )) -lt 10000000000 ] || echo 'it took long'
            jq -r '.targets[] | "\\(.pod.name) \\(.sockets)"' report | sort
            sed 's/process [0-9]*/process N/' err
            halfopen watch -s good.json --discover --interval 100ms >out 2>err & watch=$!
            until [ "$(grep -c 'cannot read the labels' err)" = 2 ]; do sleep 0.1; done
            sleep 2
            # One copy for each that hangs, however often it is scanned; one that answers has one
            # for a moment.
            for _ in {1..10}; do pgrep -x halfopen-helper | wc -l; sleep 0.03; done | sort -n | head -1
            kill $server; wait $server 2>/dev/null
            kill $watch; wait $watch
            """
        )
        let message =
            "halfopen: cannot read the labels of the Pod of process N: no answer from the file system"
            + " that its etc/istio/pod is on; unmount it, or end that process"
        #expect(
            answer.output == """
                status 2
                a 2
                b 2
                gateway-7 3
                \(message)
                \(message)
                3

                """
        )
        #expect(answer.errors == "")
    }
}
