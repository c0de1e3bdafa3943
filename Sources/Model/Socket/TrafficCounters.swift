/// What was exchanged on a connection since it was opened, as far as two looks at it show whether it
/// was anything but pings (`struct tcp_info`, include/uapi/linux/tcp.h).
///
/// Each counter is the low half of the kernel's, or all of it: only what it grew by is of interest,
/// and no connection exchanges 4 GiB in the few segments of some pings.
@usableFromInline package struct TrafficCounters: Hashable, Sendable {
    /// Bytes received in order (`tcpi_bytes_received`).
    package var bytesReceived: UInt32
    /// Bytes sent that the peer has acknowledged (`tcpi_bytes_acked`).
    package var bytesAcknowledged: UInt32
    /// Segments sent, bare acknowledgements included (`tcpi_segs_out`).
    package var segmentsSent: UInt32
    /// Segments received that held data (`tcpi_data_segs_in`).
    package var dataSegmentsReceived: UInt32
    /// Segments sent that held data (`tcpi_data_segs_out`).
    package var dataSegmentsSent: UInt32

    /// Counters of the given values; those of a connection on which nothing was exchanged by default.
    @usableFromInline package init(
        bytesReceived: UInt32 = 0,
        bytesAcknowledged: UInt32 = 0,
        segmentsSent: UInt32 = 0,
        dataSegmentsReceived: UInt32 = 0,
        dataSegmentsSent: UInt32 = 0
    ) {
        self.bytesReceived = bytesReceived
        self.bytesAcknowledged = bytesAcknowledged
        self.segmentsSent = segmentsSent
        self.dataSegmentsReceived = dataSegmentsReceived
        self.dataSegmentsSent = dataSegmentsSent
    }
}
