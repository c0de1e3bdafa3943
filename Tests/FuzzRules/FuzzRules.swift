@testable import Judging
import Model
import PodSnapshot
import Reporting

/// Makes a snapshot by the input's bytes and judges connections by it: what is confirmed has its
/// premises, in the generated cluster and not only in what was read of it; the compact form says the
/// same as the document; and what is wrong with a document is found at one place, however it comes.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var choices = unsafe Choices(Array(UnsafeBufferPointer(start: bytes, count: count)))
    let cluster = GeneratedCluster(&choices)
    let text = Array(cluster.text.utf8)
    guard case .success(let contents) = read(text, chunk: text.count) else {
        preconditionFailure("a document that is right was refused")
    }
    precondition(contents.document.problemCount == 0, "\(contents.document.problems)")
    precondition(contents.pods.count == cluster.pods.count, "a Pod is missing")
    checkCompactForm(of: contents)
    checkJudgements(by: contents, of: cluster, &choices)
    checkPlaceOfError(in: text, &choices)
    return 0
}

// MARK: - Reading

private let now = WallTime(epochSeconds: 1_795_000_000)

private func read(_ text: [UInt8], chunk: Int) -> Result<SnapshotContents, SnapshotError> {
    do throws(SnapshotError) {
        var reader = try SnapshotReader(source: "fuzz", modified: now, readingBegan: now)
        for start in stride(from: 0, to: text.count, by: max(chunk, 1)) {
            try reader.feed(Array(text[start..<min(start + max(chunk, 1), text.count)]).span)
        }
        return .success(try reader.finish(readingEnded: now))
    } catch {
        return .failure(error)
    }
}

/// Written in the compact form and read again, a document is what it was.
private func checkCompactForm(of contents: SnapshotContents) {
    var written: [UInt8] = []
    CompactSnapshot([contents]).render { written += $0 }
    guard case .success(let again) = read(written, chunk: 1000) else {
        preconditionFailure("the compact form was refused")
    }
    precondition(again.document.problemCount == 0 && again.pods.count == contents.pods.count)
    for index in 0..<contents.pods.count {
        precondition(again.pods.identity(index) == contents.pods.identity(index))
        precondition(again.pods.life(index) == whatCounts(of: contents.pods.life(index)))
        precondition(again.pods.addresses(index) == contents.pods.addresses(index))
    }
    precondition(again.nodes == contents.nodes && again.exempt == contents.exempt)
    // Nothing is a part of anything.
    let scope = contents.document.items == 0 ? .partial : contents.document.scope
    precondition(again.document.scope == scope, "the compact form is of more or less")
    precondition(
        again.document.statedReadTime?.time == contents.document.statedReadTime?.time
    )
    precondition(
        again.document.readNotBefore == contents.document.readNotBefore,
        "the compact form is of another time"
    )
    var twice: [UInt8] = []
    CompactSnapshot([again]).render { twice += $0 }
    precondition(twice == written, "the compact form changes when it is written again")
}

/// A life as the compact form has it: without the times that no rule reads of such a Pod.
private func whatCounts(of life: PodLife) -> PodLife {
    var life = life
    if !life.isTerminal { life.lastFinished = nil }
    if !life.isTerminal, life.network != .absent { life.firstStarted = nil }
    return life
}

/// With one byte of it changed, a document is refused at the same place whole and in chunks, which is
/// in it, and on the line that it says.
private func checkPlaceOfError(in text: [UInt8], _ choices: inout Choices) {
    var broken = text
    let position = choices.number(below: broken.count)
    broken[position] = choices.byte()
    let whole = read(broken, chunk: broken.count)
    let parts = read(broken, chunk: choices.number(below: 40) + 1)
    switch (whole, parts) {
    case (.success(let left), .success(let right)):
        let (left, right) = (left.document.problems, right.document.problems)
        precondition(left.map(\.message) == right.map(\.message), "chunks decide what is wrong")
        precondition(zip(left, right).allSatisfy { isNear($0.byteOffset, $1.byteOffset) })
    case (.failure(let left), .failure(let right)):
        guard
            case .unusable(_, _, let place, let finding, _) = left,
            case .unusable(_, _, let otherPlace, let otherFinding, _) = right
        else { preconditionFailure("a document that is read is called unreadable") }
        precondition(!finding.isEmpty && !otherFinding.isEmpty)
        precondition(isNear(place.byteOffset, otherPlace.byteOffset), "chunks decide where it is")
        precondition(place.byteOffset <= broken.count, "behind the end")
        let lines = broken[..<place.byteOffset].count { $0 == 0x0A }
        precondition(place.line == lines + 1, "line \(place.line) of \(lines + 1)")
        precondition(place.byteOffset + reach >= position, "before what is wrong")
    default: preconditionFailure("chunks decide whether a document is refused")
    }
}

/// No value that is generated is longer: a value that lies in two chunks is said to be in the second,
/// and what is wrong within a value is said to be where that begins.
private let reach = 64

private func isNear(_ left: Int, _ right: Int) -> Bool { abs(left - right) <= reach }

// MARK: - Judging

private func checkJudgements(
    by contents: SnapshotContents,
    of cluster: GeneratedCluster,
    _ choices: inout Choices
) {
    let ownership = IPOwnership([contents])
    let policy = Policy(skew: .seconds(Int64(choices.number(below: 4))), silentAfter: nil)
    let judge = Judge(ownership: ownership, policy: policy, now: now)
    for _ in 0..<4 {
        let address = cluster.address(choices.number(below: 6))
        let silence = Int64(choices.number(below: 600)) * 500
        let heardAt = now - TimeSpan(milliseconds: silence)
        guard let peer = IPAddress(address), let local = IPAddress("10.0.0.1") else { return }
        let socket = TCPSocket(
            family: peer.isIPv4 ? .ipv4 : .ipv6,
            local: Endpoint(address: local, port: 40_000),
            peer: Endpoint(address: peer, port: 15008),
            cookie: 1,
            info: TCPInfo(
                lastDataReceived: UInt32(silence),
                lastAckReceived: UInt32(silence)
            )
        )
        let judgement = judge.judge(socket, heardAt: heardAt)
        checkPremises(of: judgement, at: address, heardAt, cluster, judge, policy)
    }
}

/// What is confirmed holds by the cluster as it was generated.
private func checkPremises(
    of judgement: Judgement,
    at address: String,
    _ heardAt: WallTime,
    _ cluster: GeneratedCluster,
    _ judge: Judge,
    _ policy: Policy
) {
    let holders = cluster.pods.filter { $0.addresses.contains(address) && !$0.isHostNetwork }
    let owners = holders.filter { !$0.isTerminal }
    if judgement.verdict == .exempt {
        precondition(judgement.confidence == nil, "exempt with a confidence")
    }
    guard judgement.confidence == .confirmed else { return }
    precondition(judge.timesAreSound, "confirmed by clocks that contradict each other")
    switch judgement.verdict {
    case .replaced:
        precondition(!owners.isEmpty, "replaced by nobody")
        // A Pod being deleted yields to a later one, so not every owner has to be the later.
        precondition(
            owners.contains { owner in
                owner.existence.map { heardAt < $0 - policy.skew } ?? false && !owner.isMirror
            },
            "replaced by who was there before"
        )
    case .deleted:
        precondition(owners.isEmpty, "deleted, and owned")
        precondition(
            judgement.reason == .heardFromFinishedPod || cluster.scope == "cluster",
            "deleted by a list of a part"
        )
        if judgement.reason != .heardFromFinishedPod {
            precondition(
                heardAt < judge.readNotBefore - .seconds(10) - policy.skew,
                "deleted, and heard when the snapshot was taken"
            )
        }
    case .current, .terminating:
        precondition(!owners.isEmpty, "current without an owner")
        precondition(heardAt <= judge.readNotBefore - policy.skew, "current after the snapshot")
    default: preconditionFailure("\(judgement) is confirmed")
    }
}

// MARK: - Generating

/// The input as decisions: when it has ended, each is the first of those that there are.
struct Choices {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    mutating func number(below limit: Int) -> Int {
        let value = limit > 256 ? Int(byte()) << 8 | Int(byte()) : Int(byte())
        return limit > 0 ? value % limit : 0
    }

    mutating func isOne(in count: Int) -> Bool { number(below: count) == 1 }
}

/// A cluster that a few bytes describe, and the document that says so, in either form.
struct GeneratedCluster {
    /// A Pod, whose times are seconds before now.
    struct Pod {
        var name: String
        var addresses: [String]
        var node: String
        var phase: String
        var creation: Int?
        var start: Int?
        var network: Bool?
        var transition: Int?
        var started: Int?
        var finished: Int?
        var deletion: Int?
        var isHostNetwork: Bool
        var isMirror: Bool

        var isTerminal: Bool { phase == "Succeeded" || phase == "Failed" }
        var existence: WallTime? { (start ?? creation).map { now - .seconds(Int64($0)) } }
    }

    var pods: [Pod] = []
    let scope: String
    let isList: Bool
    private let capture: Int
    private let hasNode: Bool
    private let separator: String

    init(_ choices: inout Choices) {
        isList = choices.isOne(in: 2)
        scope = isList ? "unknown" : choices.isOne(in: 3) ? "partial" : "cluster"
        capture = choices.number(below: 60)
        hasNode = choices.isOne(in: 2)
        separator = choices.isOne(in: 2) ? "\n    " : ""
        for number in 0..<choices.number(below: 5) {
            pods.append(Self.pod(number, &choices))
        }
    }

    private static let phases = ["Running", "Pending", "Succeeded", "Failed", "Unknown"]

    private static func pod(_ number: Int, _ choices: inout Choices) -> Pod {
        func time(_ choices: inout Choices) -> Int? {
            choices.isOne(in: 4) ? nil : choices.number(below: 300)
        }
        var addresses = [address(choices.number(below: 5))]
        if choices.isOne(in: 3) { addresses.append(address(choices.number(below: 5))) }
        if addresses.count == 2, addresses[0] == addresses[1] { addresses.removeLast() }
        return Pod(
            name: "pod-\(number)",
            addresses: addresses,
            node: choices.isOne(in: 3) ? "node-2" : "node-1",
            phase: phases[choices.number(below: phases.count)],
            creation: time(&choices),
            start: time(&choices),
            network: [true, true, false, nil][choices.number(below: 4)],
            transition: time(&choices),
            started: time(&choices),
            finished: time(&choices),
            deletion: choices.isOne(in: 3) ? choices.number(below: 300) : nil,
            isHostNetwork: choices.isOne(in: 5),
            isMirror: choices.isOne(in: 6)
        )
    }

    private static func address(_ number: Int) -> String {
        ["10.244.0.1", "10.244.0.2", "fd00:244::1", "::ffff:10.244.0.1", "10.9.0.1"][number % 5]
            .replacingMapped
    }

    func address(_ number: Int) -> String { Self.address(number) }

    // MARK: The document

    var text: String { isList ? list : compact }

    private var compact: String {
        object([
            ("schema", string("halfopen.snapshot/v1")),
            ("capturedAt", time(capture)), ("scope", string(scope)),
            (
                "pods",
                array(
                    pods.map { pod in
                        object([
                            ("namespace", string("shop")), ("name", string(pod.name)),
                            ("uid", string("uid-\(pod.name)")),
                            ("ips", array(pod.addresses.map(string))),
                            ("node", string(pod.node)), ("phase", string(pod.phase)),
                            ("creationTime", time(pod.creation)), ("startTime", time(pod.start)),
                            ("networkReady", pod.network.map { "\($0)" } ?? "null"),
                            ("networkTransitionTime", time(pod.transition)),
                            ("firstStartedTime", time(pod.started)),
                            ("lastFinishedTime", time(pod.finished)),
                            ("deletionTime", time(pod.deletion)),
                            ("hostNetwork", "\(pod.isHostNetwork)"), ("mirror", "\(pod.isMirror)"),
                        ])
                    }
                )
            ),
            ("nodes", array(hasNode ? [compactNode] : [])), ("exempt", "[]"),
        ])
    }

    private var compactNode: String {
        object([
            ("name", string("node-1")), ("addresses", array([string("192.0.2.1")])),
            ("podCIDRs", array([string("10.244.0.0/24")])), ("ready", "true"),
            ("readyTransitionTime", time(250)),
        ])
    }

    private var list: String {
        let items = pods.map { pod in
            let condition = object([
                ("type", string("PodReadyToStartContainers")),
                ("status", string(pod.network == true ? "True" : "False")),
                ("lastTransitionTime", time(pod.transition)),
            ])
            let annotations = pod.isMirror ? [("kubernetes.io/config.mirror", string("x"))] : []
            return object([
                ("kind", string("Pod")),
                (
                    "metadata",
                    object([
                        ("namespace", string("shop")), ("name", string(pod.name)),
                        ("uid", string("uid-\(pod.name)")),
                        ("creationTimestamp", time(pod.creation)),
                        ("deletionTimestamp", time(pod.deletion)),
                        ("annotations", object(annotations)),
                    ])
                ),
                (
                    "spec",
                    object([
                        ("nodeName", string(pod.node)), ("hostNetwork", "\(pod.isHostNetwork)"),
                    ])
                ),
                (
                    "status",
                    object([
                        ("phase", string(pod.phase)), ("startTime", time(pod.start)),
                        ("podIPs", array(pod.addresses.map { object([("ip", string($0))]) })),
                        ("conditions", array(pod.network == nil ? [] : [condition])),
                    ])
                ),
            ])
        }
        return object([("kind", string("List")), ("items", array(items))])
    }

    private func object(_ fields: [(String, String)]) -> String {
        let lines = fields.map { "\(separator)\"\($0.0)\":\($0.1)" }
        return "{" + lines.joined(separator: ",") + "}"
    }

    private func array(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }

    private func string(_ text: String) -> String { "\"\(text)\"" }

    private func time(_ secondsAgo: Int?) -> String {
        guard let secondsAgo else { return "null" }
        var bytes: [UInt8] = []
        (now - .seconds(Int64(secondsAgo))).appendAPITime(to: &bytes)
        return string(String(decoding: bytes, as: UTF8.self))
    }
}

extension String {
    /// A mapped address as everything compares it.
    fileprivate var replacingMapped: String {
        hasPrefix("::ffff:") ? String(dropFirst("::ffff:".count)) : self
    }
}
