import Model

/// The moments at which tunnels to an address failed.
///
/// Those that failed at once may have shared a connection, or had one each: no line tells.
struct FailedTunnels {
    private var moments: [IPAddress: [WallTime]] = [:]

    init(_ tunnels: [AccessLogEntry]) {
        for tunnel in tunnels {
            guard let address = tunnel.destination?.address else { continue }
            moments[address, default: []].append(tunnel.end)
        }
        moments = moments.mapValues { $0.sorted() }
    }

    /// How many connections failed between two moments, at most.
    func count(to address: IPAddress, after start: WallTime, upTo end: WallTime) -> Int {
        let all = moments[address] ?? []
        return max(0, all.countUpTo(end) - all.countUpTo(start))
    }
}

extension [WallTime] {
    /// How many of the sorted moments are not after a given one.
    fileprivate func countUpTo(_ moment: WallTime) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] <= moment { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
