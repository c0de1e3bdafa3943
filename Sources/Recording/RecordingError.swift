import LinuxSystem

/// Why a capture, or what `ss -D` wrote, cannot be read on.
///
/// What was read before stands; that nothing follows does not.
package struct RecordingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where the record or message begins that cannot be read, counted from 0.
    package var byteOffset: Int
    /// What is wrong there, and what to do.
    package var fault: Fault

    /// What is wrong.
    package enum Fault: Error, Hashable, Sendable {
        /// There is no byte at all.
        case empty
        /// It is neither a capture nor what `ss -D` wrote.
        case foreign
        /// It is compressed.
        case compressed(Compression)
        /// A version that this one does not know wrote it.
        case newer(version: UInt32)
        /// A machine of the other byte order wrote it.
        case otherByteOrder
        /// It ends within a record, or before its last one.
        case cut
        /// The bytes of a record are not what was written.
        case checksum
        /// A record says what none can: the reason.
        case malformed(String)
    }

    /// A fault at a place.
    init(_ fault: Fault, at byteOffset: Int) {
        self.fault = fault
        self.byteOffset = byteOffset
    }

    /// Place, finding and what to do, as a clause.
    package var description: String { "byte \(byteOffset): \(finding)" }

    private var finding: String {
        switch fault {
        case .empty: "it is empty; capture again"
        case .foreign:
            "it is neither a halfopen capture nor a dump of 'ss -D'; write one with 'halfopen capture"
                + " --output-file FILE'"
        case .compressed(let compression):
            "\(compression.finding); decompress it first ('\(compression.reader) FILE > NEW')"
        case .newer(let version): "version \(version) of the format is newer than this program"
        case .otherByteOrder:
            "it was made on a machine with the other byte order; replay it on such a machine"
        case .cut: "it is cut short here; copy it again, or capture again"
        case .checksum: "it is damaged here: a checksum is wrong; copy it again, or capture again"
        case .malformed(let reason): "it is damaged here: \(reason); copy it again"
        }
    }
}
