/// What a scan sees of a connection's heartbeat.
package struct SocketLook: Equatable, Sendable {
    /// When the kernel described the socket, by a clock that nobody sets.
    package var at: TimeSpan
    /// What was exchanged on it; `nil` where the kernel does not say.
    package var traffic: TrafficCounters?
    /// How long the peer had been silent.
    package var silence: TimeSpan
    /// Whether it is silent for longer than a living connection is.
    package var isSilent: Bool
    /// Whether the scan's snapshots list an owner of the peer's address.
    package var isOwned: Bool

    /// A look of the given facts.
    package init(
        at: TimeSpan,
        traffic: TrafficCounters?,
        silence: TimeSpan,
        isSilent: Bool,
        isOwned: Bool
    ) {
        self.at = at
        self.traffic = traffic
        self.silence = silence
        self.isSilent = isSilent
        self.isOwned = isOwned
    }

    /// A look at a socket as the kernel described it at a moment.
    package init(_ socket: TCPSocket, at moment: TimeSpan, isSilent: Bool, isOwned: Bool) {
        self.init(
            at: moment,
            traffic: socket.info.traffic,
            silence: socket.silence,
            isSilent: isSilent,
            isOwned: isOwned
        )
    }
}

/// What the looks at a connection say of its heartbeat.
package struct HeartbeatTraits: OptionSet, Hashable, Sendable {
    /// The bits, as the state file holds them.
    package let rawValue: UInt16

    /// The traits of the given bits.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// There is a look whose counters the next one's are compared with.
    package static let hasLook = HeartbeatTraits(rawValue: 1)
    /// The last that was received were pings.
    package static let isPinging = HeartbeatTraits(rawValue: 2)
    /// Some look showed pings.
    package static let everPinged = HeartbeatTraits(rawValue: 4)
    /// The look to compare with found it silent.
    package static let wasSilent = HeartbeatTraits(rawValue: 8)
    /// It was heard after it had been silent.
    package static let spokeAfterSilence = HeartbeatTraits(rawValue: 16)
    /// A snapshot listed an owner of its address when it was heard, and it was not heard for long
    /// without one.
    package static let wasOwned = HeartbeatTraits(rawValue: 32)
    /// At the look to compare with no snapshot listed an owner of its address.
    package static let wasUnlisted = HeartbeatTraits(rawValue: 256)
    /// Nor at the one before that.
    package static let wasUnlistedTwice = HeartbeatTraits(rawValue: 512)
    /// This run found it heard within ``Heartbeat/longestGap``.
    package static let isHeard = HeartbeatTraits(rawValue: 64)
    /// This run found that it has kept pinging.
    package static let keptPinging = HeartbeatTraits(rawValue: 128)

    /// Those that only the run which found them may use.
    static let ofOneRun: HeartbeatTraits = [.isHeard, .keptPinging]
    /// Those that say what the looks to compare with were.
    static let ofLooksBefore: HeartbeatTraits = [
        .hasLook, .isPinging, .wasSilent, .wasUnlisted, .wasUnlistedTwice,
    ]
}

extension SocketHistory {
    /// The look that the next one is compared with: 32 bytes, beside its traits.
    struct LookBefore: Equatable, Sendable {
        /// When it was, by the clock that nobody sets.
        var at: TimeSpan
        var traffic = TrafficCounters()
        /// For how many milliseconds up to then every look showed pings, often enough.
        var pingingFor: UInt16 = 0
        /// For how many milliseconds the peer had been silent.
        var silence: UInt16 = 0
    }
}

extension SocketHistory.Record {
    /// The difference between two readings of one moment: the kernel's ages are cut to its ticks, and
    /// clocks are read a moment after it answered.
    private static let jitter = TimeSpan(milliseconds: 250)

    /// Takes in a look at the connection.
    mutating func take(_ look: SocketLook) {
        traits.subtract(.ofOneRun)
        if look.silence <= Heartbeat.longestGap {
            traits.insert(.isHeard)
        }
        if traits.contains(.wasSilent), hasSpoken(in: look) { traits.insert(.spokeAfterSilence) }
        noteOwner(look)
        guard traits.contains(.hasLook), let traffic = look.traffic, look.at >= before.at else {
            return begin(look)
        }
        let span = look.at - before.at
        // Most looks of a watch are too soon to be compared, and show nothing that lasts.
        let isTooSoon = span <= Heartbeat.lookInterval && !look.isSilent
        if isTooSoon, !isSteady { return }
        let growth = traffic.growth(since: before.traffic)
        if span > Heartbeat.lookInterval {
            conclude(growth, until: look)
            note(look, traffic)
        } else if look.isSilent {
            // What it received is compared already: that was longer ago than the look before.
            before.pingingFor = 0
            note(look, traffic)
        }
        if isSteady, growth != .other, traits.contains(.isHeard) { traits.insert(.keptPinging) }
    }

    /// Whether it has been pinged for so long that it is a witness while that goes on.
    private var isSteady: Bool {
        before.pingingFor >= UInt16(Heartbeat.witnessSpan.milliseconds)
    }

    /// Takes in whether an owner of the address is listed.
    ///
    /// The network of a Pod that has left the list lives on for a while. What is heard after that
    /// lives without being listed.
    private mutating func noteOwner(_ look: SocketLook) {
        guard !look.isOwned else {
            if traits.contains(.isHeard) { traits.insert(.wasOwned) }
            return
        }
        let isHeardUnlisted =
            traits.contains(.wasUnlistedTwice)
            ? hasSpoken(in: look)
            : traits.contains(.wasUnlisted)
                && look.at - look.silence > before.at + Heartbeat.longestUnlisted
        if isHeardUnlisted { traits.remove(.wasOwned) }
    }

    /// Whether the peer was heard since the look before.
    ///
    /// Bytes show it however soon after that look they came. Where they say nothing, times do.
    private func hasSpoken(in look: SocketLook) -> Bool {
        if let traffic = look.traffic, traits.contains(.hasLook),
            traffic.bytesReceived != before.traffic.bytesReceived
        {
            return true
        }
        return look.at - look.silence > before.at + Self.jitter
    }

    /// What was received between two looks that are far enough apart.
    private mutating func conclude(_ growth: TrafficGrowth, until look: SocketLook) {
        switch growth {
        case .nothing: before.pingingFor = 0
        case .other:
            traits.remove(.isPinging)
            before.pingingFor = 0
        case .pings(let count):
            traits.formUnion([.isPinging, .everPinged])
            let total = Int64(before.pingingFor) + (look.at - before.at).milliseconds
            let isOftenEnough =
                longestGap(with: count, until: look) <= Heartbeat.longestGapOfWitness + Self.jitter
            before.pingingFor = isOftenEnough ? UInt16(clamping: total) : 0
        }
    }

    /// The longest time for which nothing can have been heard from the last sign of life before one
    /// look to that before the next: all pings but one came as soon as they may.
    private func longestGap(with pings: Int, until look: SocketLook) -> TimeSpan {
        let heardBefore = before.at - TimeSpan(milliseconds: Int64(before.silence))
        let others = Heartbeat.shortestGap.milliseconds * Int64(pings - 1)
        return look.at - look.silence - heardBefore - TimeSpan(milliseconds: others)
    }

    /// The first look, or one that cannot be compared.
    private mutating func begin(_ look: SocketLook) {
        traits.remove(.isPinging)
        traits.set(.hasLook, to: look.traffic != nil)
        before.pingingFor = 0
        note(look, look.traffic ?? TrafficCounters())
    }

    private mutating func note(_ look: SocketLook, _ traffic: TrafficCounters) {
        before.at = look.at
        before.silence = UInt16(clamping: look.silence.milliseconds)
        before.traffic = traffic
        traits.set(.wasSilent, to: look.isSilent)
        traits.set(.wasUnlistedTwice, to: !look.isOwned && traits.contains(.wasUnlisted))
        traits.set(.wasUnlisted, to: !look.isOwned)
    }
}

extension HeartbeatTraits {
    fileprivate mutating func set(_ trait: HeartbeatTraits, to isSo: Bool) {
        if isSo { insert(trait) } else { remove(trait) }
    }
}
