/// The cookies of the sockets that were handed over already: 8 to 22 bytes a socket.
///
/// Open addressing with linear probing; several times smaller and faster than `Set` here, where
/// nothing is ever removed.
struct CookieSet {
    /// Powers of two in length; 0 marks a free slot.
    private var slots = [UInt64](repeating: 0, count: 1024)
    private var used = 0
    private var holdsZero = false

    /// Adds a cookie.
    ///
    /// - Returns: Whether it was new.
    mutating func insert(_ cookie: UInt64) -> Bool {
        if cookie == 0 {
            defer { holdsZero = true }
            return !holdsZero
        }
        let slot = slot(of: cookie)
        guard slots[slot] == 0 else { return false }
        slots[slot] = cookie
        used += 1
        if used * 4 > slots.count * 3 { grow() }
        return true
    }

    /// The slot that holds the cookie or, if none does, that may.
    @inline(__always)
    private func slot(of cookie: UInt64) -> Int {
        // The kernel counts cookies upwards as it walks: eight neighbours share a cache line, and
        // multiplication by 2^64 / golden ratio spreads the lines. (Neighbours all along would be
        // quicker still, until two long runs meet and every probe walks through one.)
        let shift = UInt64(UInt64.bitWidth - slots.count.trailingZeroBitCount)
        let line = Int(((cookie >> 3) &* 0x9E37_79B9_7F4A_7C15) >> shift) & ~7
        var slot = line | Int(cookie & 7)
        while slots[slot] != 0, slots[slot] != cookie {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        for cookie in old where cookie != 0 {
            slots[slot(of: cookie)] = cookie
        }
    }
}
