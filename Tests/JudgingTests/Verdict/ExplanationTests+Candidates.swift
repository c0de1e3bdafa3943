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
                connection will be reset (no proof: the snapshot's times contradict its file \
                time or this machine's clock)
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
                connection belongs to shop/old, and nothing was heard from the new Pod on it: \
                the next request on this connection will be reset
                """
        ),
        Row(
            reason: .seenBeforeOwnerExisted,
            scenario: Scenario(.running).remembering(firstSeen: 900),
            heard: 1003,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:16:40Z, but a scan saw this \
                connection before that, at 10:15:00Z, so it was opened to an earlier Pod: the \
                next request on this connection will be reset
                """
        ),
        Row(
            reason: .heardBeforeOwnerNetwork,
            scenario: Scenario(.running.with { $0.networkTransition = api(1700) }),
            heard: 1500,
            sentence: """
                10.1.0.7 now belongs to shop/web, whose network was ready by 10:28:20Z, but \
                the peer was last heard at 10:25:00Z: if that was an earlier Pod, or this Pod \
                before its network was recreated, the next request on this connection will be reset
                """
        ),
        Row(
            reason: .ownerStuckTerminating,
            scenario: Scenario(.running.with { $0.deletion = api(1800) }),
            heard: 1500,
            sentence: """
                10.1.0.7 is still listed for shop/web, which should have been gone by \
                10:30:00Z, and nothing has been heard on this connection since 10:25:00Z: if that \
                Pod is gone, the next request on this connection will hang, or be reset once \
                another Pod gets the address
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
                network, and nothing has been heard on this connection since 10:25:00Z: if that \
                Pod is gone, requests on this connection hang until another Pod gets the address \
                and resets them
                """
        ),
        Row(
            reason: .ownerTimesContradict,
            scenario: Scenario(.running.with { $0.creation = api(1005) }),
            heard: 500,
            sentence: """
                10.1.0.7 belongs to shop/web, started at 10:16:40Z, and the peer was last \
                heard at 10:08:20Z; but the times of that Pod contradict each other, so a clock \
                was wrong and nothing is proven: check the clock of its node
                """
        ),
        Row(
            reason: .previousOwnerTerminal,
            scenario: Scenario(Document().pod("web", .running.later(600)).pod("job", livingJob)),
            heard: 1200,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:26:40Z, and nothing has been \
                heard on this connection since 10:20:00Z; but shop/job, which had the address \
                and has finished, may still have its network and be the peer: take another \
                snapshot in a minute
                """
        ),
        Row(
            reason: .previousOwnerTerminal,
            scenario: podAddresses(Document().pod("job", livingJob)),
            heard: 1200,
            sentence: """
                no Pod has 10.1.0.7 now, and nothing has been heard on this connection since \
                10:20:00Z; but shop/job, which had the address and has finished, may still have \
                its network and be the peer: take another snapshot in a minute
                """
        ),
        Row(
            reason: .previousOwnerTerminal,
            scenario: podAddresses(Document().pod("job", evictedJob)),
            heard: 1200,
            sentence: """
                no Pod has 10.1.0.7 now, and nothing has been heard on this connection since \
                10:20:00Z; but shop/job, which had the address and has finished, may still have \
                its network and be the peer; no snapshot can tell as long as it lists that Pod \
                without a certain end time: once its containers are gone from its node, delete \
                the Pod and take another snapshot
                """
        ),
        Row(
            reason: .anotherClusterMayOwn,
            scenario: Scenario(Document().pod("web", .running), namespaceOfAnotherCluster),
            heard: 900,
            sentence: """
                10.1.0.7 now belongs to shop/web, started at 10:16:40Z, and nothing has been \
                heard on this connection since 10:15:00Z; but the snapshots come from several \
                clusters, and a Pod that none of them lists may have the same address and be the \
                peer: take new snapshots that list every Pod of each cluster
                """
        ),
        Row(
            reason: .anotherClusterMayOwn,
            scenario: Scenario(Document().pod("web", .finished), namespaceOfAnotherCluster),
            heard: 1200,
            sentence: """
                no Pod in the snapshots has 10.1.0.7, and nothing has been heard on this \
                connection since 10:20:00Z; but the snapshots come from several clusters, and a \
                Pod that none of them lists may have the same address and be the peer: take new \
                snapshots that list every Pod of each cluster
                """
        ),
        Row(
            reason: .heardFromFinishedPod,
            scenario: Scenario(.finished),
            heard: 1200,
            sentence: """
                shop/web had 10.1.0.7 and was last heard on this connection at 10:20:00Z, but \
                has since finished and lost its network: the next request on this connection \
                will hang, or be reset once another Pod gets the address
                """
        ),
        Row(
            reason: .heardFromFinishedPod,
            scenario: slowClock(Scenario(.finished)),
            heard: 1200,
            sentence: """
                shop/web had 10.1.0.7 and was last heard on this connection at 10:20:00Z, but \
                has since finished and lost its network: the next request on this connection \
                will hang, or be reset once another Pod gets the address (no proof: the \
                snapshot's times contradict its file time or this machine's clock)
                """
        ),
        Row(
            reason: .previousOwnerGone,
            scenario: Scenario(.finished),
            heard: 1600,
            sentence: """
                shop/web had 10.1.0.7 and is gone, no Pod has the address now, and nothing has \
                been heard on this connection since 10:26:40Z: the next request on this \
                connection will hang, or be reset once another Pod gets the address
                """
        ),
        Row(
            reason: .previousOwnerGone,
            scenario: Scenario(.finished),
            heard: 900,
            sentence: """
                an earlier Pod had 10.1.0.7 and is gone, no Pod has the address now, and nothing \
                has been heard on this connection since 10:15:00Z: the next request on this \
                connection will hang, or be reset once another Pod gets the address
                """
        ),
        Row(
            reason: .unownedIfSnapshotFresh,
            scenario: Scenario(
                Document(stated: nil, modified: 2000).pod("other", .running, at: ["10.1.0.99"])
            ),
            heard: 1500,
            sentence: """
                no Pod in the snapshot has 10.1.0.7, and nothing has been heard on this \
                connection since 10:25:00Z: if the snapshot was taken after that (its time is \
                unknown: --captured-at), the next request on this connection will hang, or be \
                reset once another Pod gets the address
                """
        ),
        Row(
            reason: .unownedPodAddress,
            scenario: podAddresses(),
            heard: 1500,
            timer: .keepalive,
            sentence: """
                no Pod has 10.1.0.7, which is in a Pod CIDR, and nothing has been heard on this \
                connection since 10:25:00Z: probes are not answered, and requests would hang \
                until another Pod gets the address and resets them
                """
        ),
        Row(
            reason: .unownedAddress,
            scenario: Scenario(others),
            heard: 1500,
            sentence: """
                no Pod in the snapshot has 10.1.0.7, and nothing has been heard on this \
                connection since 10:25:00Z: if it is a Pod address of this cluster (--pod-cidr), \
                the next request on this connection will hang, or be reset once another Pod gets \
                the address
                """
        ),
        Row(
            reason: .unownedAddress,
            scenario: Scenario(Document(scope: .unknown).pod("other", .running, at: ["10.1.0.99"])),
            heard: 1500,
            sentence: """
                no Pod in the snapshot has 10.1.0.7, and nothing has been heard on this \
                connection since 10:25:00Z: if the snapshot lists every Pod of the cluster \
                (--cluster-wide), the next request on this connection will hang, or be reset \
                once another Pod gets the address
                """
        ),
    ]
}
