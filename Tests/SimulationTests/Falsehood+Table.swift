import Model

extension Falsehood {
    /// Snapshots that must not destroy anything.
    static let all = [
        Falsehood(name: "all Pods gone", kind: .allGone),
        Falsehood(name: "all Pods gone but the proxy", kind: .allGone, proxy: .truth),
        Falsehood(name: "all Pods restarted now", kind: .allRestarted),
        Falsehood(
            name: "all Pods restarted now but the proxy",
            kind: .allRestarted,
            proxy: .truth
        ),
        Falsehood(name: "Pods' clocks an hour fast", kind: .podTimesOff(.minutes(60))),
        Falsehood(name: "the snapshot's clock an hour fast", kind: .captureOff(.minutes(60))),
        Falsehood(name: "the snapshot's clock an hour slow", kind: .captureOff(.minutes(-60))),
        Falsehood(name: "yesterday's file copied", kind: .yesterdays(isStated: false)),
        Falsehood(
            name: "yesterday's file copied, same proxy",
            kind: .yesterdays(isStated: false),
            proxy: .truth
        ),
        Falsehood(name: "another cluster's list", kind: .anotherClusters),
    ]
    /// Snapshots of which a part is right; now and then one of them comes between right ones.
    static let parts = [
        Falsehood(name: "40 % of the Pods gone", kind: .partGone(percent: 40), percent: 10),
        Falsehood(
            name: "40 % of the Pods restarted now",
            kind: .partRestarted(percent: 40),
            percent: 10
        ),
        Falsehood(
            name: "Pods' clocks an hour slow",
            kind: .podTimesOff(.minutes(-60)),
            percent: 10
        ),
        Falsehood(
            name: "another cluster's list, with this proxy in it",
            kind: .anotherClusters,
            proxy: .truth,
            percent: 10
        ),
    ]
    /// Snapshots that evidence at hand contradicts, but for some of the last: of other clusters,
    /// once, now and then, and always.
    static let contradicted = [
        Falsehood(name: "another cluster's list once", kind: .anotherClusters, isOnce: true),
        Falsehood(
            name: "another cluster's list without Nodes, with another at the proxy's address",
            kind: .anotherClusters,
            proxy: .anothers,
            listsNodes: false
        ),
        Falsehood(
            name: "another cluster's list, with another at the proxy's address, once",
            kind: .anotherClusters,
            proxy: .anothers,
            isOnce: true
        ),
        Falsehood(
            name: "another cluster's list, with another at the proxy's address, half of the time",
            kind: .anotherClusters,
            proxy: .anothers,
            percent: 50
        ),
        Falsehood(
            name: "the list of a cluster that was made like this one, half of the time",
            kind: .anotherClusters,
            proxy: .namesakes,
            percent: 50
        ),
        Falsehood(
            name: "yesterday's list that claims to be fresh, same proxy",
            kind: .yesterdays(isStated: true),
            proxy: .truth
        ),
        Falsehood(
            name: "the list of the beginning that claims to be fresh, half of the time",
            kind: .beginnings,
            percent: 50
        ),
    ]
}
