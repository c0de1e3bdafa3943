import Judging
import Model

extension ExplanationTests {
    static let candidates: [Row] = [
        Row(
            reason: .heardBeforeOwnerExisted,
            scenario: Scenario(.running),
            heard: 500,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:16:40Z, but the peer was last \
                heard at 10:08:20Z, so it was an earlier Pod: the next request on this \
                connection will be reset
                """
        ),
        Row(
            reason: .heardBeforeOwnerExisted,
            scenario: Scenario(.running),
            heard: 500,
            timer: .retransmit,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:16:40Z, but the peer was last \
                heard at 10:08:20Z, so it was an earlier Pod: the requests waiting on this \
                connection will be reset
                """
        ),
        Row(
            reason: .heardBeforeOwnerExisted,
            scenario: Scenario(.running),
            heard: 500,
            timer: .keepalive,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:16:40Z, but the peer was last \
                heard at 10:08:20Z, so it was an earlier Pod: the next probe on this \
                connection will be reset
                """
        ),
        Row(
            reason: .heardBeforeOwnerExisted,
            scenario: slowClock(Scenario(.running)),
            heard: 500,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:16:40Z, but the peer was last \
                heard at 10:08:20Z, so it was an earlier Pod: the next request on this \
                connection will be reset (no proof: the snapshot's times contradict its file's or \
                this machine's clock)
                """
        ),
        Row(
            reason: .heardBeforeOwnerExisted,
            scenario: Scenario(Document().pod("a", .running).pod("b", .running.later(600))),
            heard: -40000,
            sentence: """
                10.1.0.7 now belongs to shop/a and shop/b, started at 10:16:40Z, but the peer \
                was last heard at 2026-11-20 22:53:20Z, so it was an earlier Pod: the next \
                request on this connection will be reset
                """
        ),
        Row(
            reason: .boundToPreviousOwner,
            scenario: Scenario(.running).remembering(boundTo: "old"),
            heard: 1003,
            sentence: """
                10.1.0.7 now belongs to shop/web, but an earlier scan proved that this \
                connection is shop/old's, and no data of the new Pod was heard on it: the next \
                request on this connection will be reset
                """
        ),
        Row(
            reason: .seenBeforeOwnerExisted,
            scenario: Scenario(.running).remembering(firstSeen: 900),
            heard: 1003,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:16:40Z, but a scan saw this \
                connection before that, at 10:15:00Z, so it was made with an earlier Pod: the \
                next request on this connection will be reset
                """
        ),
        Row(
            reason: .heardBeforeOwnerNetwork,
            scenario: Scenario(.running.with { $0.networkTransition = api(1700) }),
            heard: 1500,
            sentence: """
                10.1.0.7 now belongs to shop/web, whose network was ready by 10:28:20Z, but \
                the peer was last heard at 10:25:00Z: if that was an earlier Pod, or this one \
                before its network was made anew, the next request on this connection will be \
                reset
                """
        ),
        Row(
            reason: .ownerStuckTerminating,
            scenario: Scenario(.running.with { $0.deletion = api(1800) }),
            heard: 1500,
            sentence: """
                10.1.0.7 is still listed for shop/web, which should have been gone by \
                10:30:00Z, and nothing was heard on this connection since 10:25:00Z: if that \
                Pod is gone, the next request on this connection will hang, or be reset once \
                another Pod has the address
                """
        ),
        Row(
            reason: .ownerStuckTerminating,
            scenario: Scenario(
                .running.with {
                    $0.network = .notReady; $0.deletion = api(2020)
                }
            ),
            heard: 1500,
            timer: .retransmit,
            sentence: """
                10.1.0.7 is still listed for shop/web, which is being deleted and has lost its \
                network, and nothing was heard on this connection since 10:25:00Z: if that Pod \
                is gone, requests hang on this connection now, until another Pod has the \
                address and resets them
                """
        ),
        Row(
            reason: .ownerTimesContradict,
            scenario: Scenario(.running.with { $0.creation = api(1005) }),
            heard: 500,
            sentence: """
                10.1.0.7 belongs to shop/web, started at 10:16:40Z, and the peer was last \
                heard at 10:08:20Z; but that Pod's own times contradict each other, so a clock \
                was wrong and this is no proof: compare its node's clock
                """
        ),
        Row(
            reason: .previousOwnerTerminal,
            scenario: Scenario(Document().pod("web", .running.later(600)).pod("job", livingJob)),
            heard: 1200,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:26:40Z, and nothing was heard \
                on this connection since 10:20:00Z; but shop/job, which had the address and \
                has finished, may have its network yet and be the peer: take another snapshot \
                in a minute
                """
        ),
        Row(
            reason: .previousOwnerTerminal,
            scenario: podAddresses(Document().pod("job", livingJob)),
            heard: 1200,
            sentence: """
                no Pod has 10.1.0.7 now, and nothing was heard on this connection since \
                10:20:00Z; but shop/job, which had the address and has finished, may have its \
                network yet and be the peer: take another snapshot in a minute
                """
        ),
        Row(
            reason: .previousOwnerTerminal,
            scenario: podAddresses(Document().pod("job", evictedJob)),
            heard: 1200,
            sentence: """
                no Pod has 10.1.0.7 now, and nothing was heard on this connection since \
                10:20:00Z; but shop/job, which had the address and has finished, may have its \
                network yet and be the peer; no snapshot can tell while it lists that Pod without \
                a time at which it surely ended: once its containers are gone from its node, \
                delete the Pod and take another snapshot
                """
        ),
        Row(
            reason: .anotherClusterMayOwn,
            scenario: Scenario(Document().pod("web", .running), namespaceOfAnotherCluster),
            heard: 900,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:16:40Z, and nothing was heard on \
                this connection since 10:15:00Z; but several clusters are joined, and a Pod that \
                no snapshot shows may have the same address and be the peer: take new snapshots \
                that show each cluster whole
                """
        ),
        Row(
            reason: .anotherClusterMayOwn,
            scenario: Scenario(Document().pod("web", .finished), namespaceOfAnotherCluster),
            heard: 1200,
            sentence: """
                no Pod of the snapshots has 10.1.0.7, and nothing was heard on this connection \
                since 10:20:00Z; but several clusters are joined, and a Pod that no snapshot shows \
                may have the same address and be the peer: take new snapshots that show each \
                cluster whole
                """
        ),
        Row(
            reason: .heardFromFinishedPod,
            scenario: Scenario(.finished),
            heard: 1200,
            sentence: """
                shop/web had 10.1.0.7, was last heard on this connection at 10:20:00Z, and has \
                finished and lost its network since: the next request on this connection will \
                hang, or be reset once another Pod has the address
                """
        ),
        Row(
            reason: .heardFromFinishedPod,
            scenario: slowClock(Scenario(.finished)),
            heard: 1200,
            sentence: """
                shop/web had 10.1.0.7, was last heard on this connection at 10:20:00Z, and has \
                finished and lost its network since: the next request on this connection will \
                hang, or be reset once another Pod has the address (no proof: the \
                snapshot's times contradict its file's or this machine's clock)
                """
        ),
        Row(
            reason: .previousOwnerGone,
            scenario: Scenario(.finished),
            heard: 1600,
            sentence: """
                shop/web had 10.1.0.7 and is gone, no Pod has it now, and nothing was heard on \
                this connection since 10:26:40Z: the next request on this connection will \
                hang, or be reset once another Pod has the address
                """
        ),
        Row(
            reason: .previousOwnerGone,
            scenario: Scenario(.finished),
            heard: 900,
            sentence: """
                an earlier Pod had 10.1.0.7 and is gone, no Pod has it now, and nothing was \
                heard on this connection since 10:15:00Z: the next request on this connection \
                will hang, or be reset once another Pod has the address
                """
        ),
        Row(
            reason: .unownedIfSnapshotFresh,
            scenario: Scenario(
                Document(stated: nil, modified: 2000).pod("other", .running, at: ["10.1.0.99"])
            ),
            heard: 1500,
            sentence: """
                no Pod of the snapshot has 10.1.0.7, and nothing was heard on this connection \
                since 10:25:00Z: if that was before the snapshot was taken, which nothing \
                states (--captured-at), the next request on this connection will hang, or be \
                reset once another Pod has the address
                """
        ),
        Row(
            reason: .unownedPodAddress,
            scenario: podAddresses(),
            heard: 1500,
            timer: .keepalive,
            sentence: """
                no Pod has 10.1.0.7, an address that Pods are given, and nothing was heard on \
                this connection since 10:25:00Z: probes go unanswered now, and requests would \
                hang until another Pod has the address and resets them
                """
        ),
        Row(
            reason: .unownedAddress,
            scenario: Scenario(others),
            heard: 1500,
            sentence: """
                no Pod of the snapshot has 10.1.0.7, and nothing was heard on this connection \
                since 10:25:00Z: if that is an address of this cluster's Pods (--pod-cidr), \
                the next request on this connection will hang, or be reset once another Pod \
                has the address
                """
        ),
        Row(
            reason: .unownedAddress,
            scenario: Scenario(Document(scope: .unknown).pod("other", .running, at: ["10.1.0.99"])),
            heard: 1500,
            sentence: """
                no Pod of the snapshot has 10.1.0.7, and nothing was heard on this connection \
                since 10:25:00Z: if the snapshot shows the whole cluster (--cluster-wide), the \
                next request on this connection will hang, or be reset once another Pod has \
                the address
                """
        ),
    ]
}
