import Model

/// What the proxy's kernel counts of a connection, event by event.
struct Wire {
    /// What happens to the proxy's socket.
    enum Event {
        /// Data arrives; it stays unread where nobody reads.
        case received(bytes: UInt32, segments: UInt32, isRead: Bool)
        /// What was unread is read.
        case read
        /// Data leaves for the first time.
        case sent(segments: UInt32)
        /// It leaves again.
        case resent(segments: UInt32)
        /// The peer acknowledges it.
        case acknowledged(bytes: UInt32, segments: UInt32)
        /// The peer says again what it has.
        case heard
        /// An acknowledgement leaves without data.
        case bareAcknowledgement(segments: UInt32)
    }

    /// The counters from some moment on.
    struct State {
        var since: WallTime
        var dataReceived: WallTime
        var ackReceived: WallTime
        var dataSent: WallTime
        var bytesReceived: UInt32 = 0
        var bytesAcknowledged: UInt32 = 0
        var segmentsSent: UInt32 = 0
        var dataSegmentsReceived: UInt32 = 0
        var dataSegmentsSent: UInt32 = 0
        var unread: UInt32 = 0
        var unacknowledged: UInt32 = 0
        var retransmits: UInt8 = 0

        /// A connection whose handshake is done: the last word of it is the server's, as a rule.
        init(opened: WallTime, answered: WallTime) {
            (since, dataReceived, ackReceived, dataSent) = (opened, answered, answered, opened)
            (bytesReceived, bytesAcknowledged) = (3_214, 2_071)
            (segmentsSent, dataSegmentsReceived, dataSegmentsSent) = (7, 4, 4)
        }

        mutating func take(_ event: Event, at moment: WallTime) {
            since = moment
            switch event {
            case .received(let bytes, let segments, let isRead):
                bytesReceived &+= bytes
                dataSegmentsReceived &+= segments
                dataReceived = moment
                if !isRead { unread += bytes }
            case .read: unread = 0
            case .sent(let segments):
                dataSegmentsSent &+= segments
                segmentsSent &+= segments
                unacknowledged += segments
                dataSent = moment
            case .resent(let segments):
                dataSegmentsSent &+= segments
                segmentsSent &+= segments
                dataSent = moment
                if retransmits < .max { retransmits += 1 }
            case .acknowledged(let bytes, let segments):
                bytesAcknowledged &+= bytes
                unacknowledged -= min(segments, unacknowledged)
                retransmits = 0
                ackReceived = moment
            case .heard: ackReceived = moment
            case .bareAcknowledgement(let segments): segmentsSent &+= segments
            }
        }
    }

    private var events: [(at: WallTime, event: Event)] = []
    private var states: [State]

    init(opened: WallTime, answered: WallTime) {
        states = [State(opened: opened, answered: answered)]
    }

    mutating func add(_ event: Event, at moment: WallTime) { events.append((moment, event)) }

    /// Counts what was added, in the order of time.
    mutating func count() {
        var state = states[0]
        let order = events.indices.sorted {
            (events[$0].at, $0) < (events[$1].at, $1)
        }
        for index in order {
            state.take(events[index].event, at: events[index].at)
            states.append(state)
        }
        events = []
    }

    /// What happens on top of all that comes later: whatever was to follow does not.
    mutating func cut(_ event: Event, at moment: WallTime) {
        var last = state(at: moment)
        last.take(event, at: moment)
        states = states.filter { $0.since <= moment } + [last]
    }

    /// The counters at a moment.
    func state(at moment: WallTime) -> State {
        var (low, high) = (0, states.count)
        while low < high {
            let middle = (low + high) / 2
            if states[middle].since <= moment { low = middle + 1 } else { high = middle }
        }
        return states[max(low - 1, 0)]
    }
}
