import Model

extension Setting {
    /// A clock of the scanner that is wrong: by seconds to minutes, either way, always or from some
    /// moment on.
    static let wrongClocks: [Setting] = {
        let errors: [(String, TimeSpan)] = [
            ("6 s behind", .seconds(-6)), ("20 s behind", .seconds(-20)),
            ("2 min behind", .minutes(-2)), ("10 min behind", .minutes(-10)),
            ("6 s ahead", .seconds(6)), ("20 s ahead", .seconds(20)),
            ("5 min ahead", .minutes(5)),
        ]
        return errors.flatMap { words, error in
            [("always", ClockFault.constant(error)), ("from some moment on", .stepping(error))]
                .map { when, fault in
                    bestCase.with {
                        $0.name = "the scanner's clock \(words), \(when)"
                        $0.scannerFault = fault
                        $0.maxAge = .minutes(10)
                        $0.floors = nil
                    }
                }
        }
    }()

    /// Lists of which something is missing, always or half of the time.
    static let cutLists: [Setting] = {
        let kinds: [(String, Cut.Kind)] = [
            ("the times of 90 % of the Pods", .times(percent: 90)),
            ("the IPv6 addresses", .family), ("half of the Nodes", .nodes(percent: 50)),
        ]
        return kinds.flatMap { words, kind in
            [("always", 100), ("half of the time", 50)].map { when, percent in
                bestCase.with {
                    $0.name = "\(words) cut from the list, \(when)"
                    $0.cut = Cut(kind: kind, percent: percent)
                    $0.dualStack = 100
                    $0.floors = nil
                    if case .nodes = kind { return }
                    $0.leastIncomplete = 0.9 * Double(percent) / 100
                }
            }
        }
    }()

    /// Old files, whose time is taken from what is in them, and a node whose clock is fast.
    static let fastNode = adverseFiles.with {
        $0.name = "history, old and copied files, one node's clock 5 min fast"
        $0.firstNodeError = .minutes(5)
    }

    /// A node whose clock is fast by seconds, so that its Pods talk before they seem to have started.
    static let slightlyFastNode = bestCase.with {
        $0.name = "history, fresh script snapshot, one node's clock 8 s fast"
        $0.firstNodeError = .seconds(8)
        $0.floors = nil
    }

    /// An earlier list of the same cluster beside the fresh one.
    static let earlierToo = bestCase.with {
        $0.name = "history, fresh script snapshot and an earlier one"
        $0.earlierToo = 100
    }

    /// The same where the fresh one may be of one namespace.
    static let earlierAndLimited = adverse.with {
        $0.name = "history, old, limited, merged, with earlier ones"
        $0.earlierToo = 60
        $0.limited = 40
    }

    /// Two proxies that are looked at in one scan.
    static let twoProxies = bestCase.with {
        $0.name = "history, fresh script snapshot, two proxies"
        $0.proxies = 2
    }

    /// Two proxies that are looked at in turn, with one memory.
    static let takingTurns = bestCase.with {
        $0.name = "history of two proxies in turn, fresh script snapshot"
        $0.proxies = 2
        $0.takesTurns = true
    }
}

extension Falsehood {
    /// The best case, with such snapshots in it.
    var setting: Setting {
        Setting.bestCase.with {
            $0.name = name
            $0.falsehood = self
            $0.maxAge = .minutes(10)
            $0.floors = nil
        }
    }
}
