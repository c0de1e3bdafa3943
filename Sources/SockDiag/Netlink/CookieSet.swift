/// The cookies of the sockets that were handed over already, a bit for each.
///
/// The kernel gives a socket its cookie when somebody first asks, and counts upwards. So the sockets of
/// a dump mostly share words, and each takes less than a byte; one alone in its word takes 21 to 43
/// bytes. Open addressing with linear probing; nothing is ever removed.
struct CookieSet {
    /// Sixty-four cookies that follow one another.
    private struct Block {
        /// The upper bits that they share.
        var number: UInt64 = 0
        /// Which of them are in the set; none in a free block.
        var members: UInt64 = 0
    }

    /// A power of two in length.
    private var blocks = [Block](repeating: Block(), count: 64)
    private var used = 0
    /// The block of the cookie before, which the next is mostly in, too.
    ///
    /// The table has none or an older copy of it, until another takes its place.
    private var last = Block()

    /// Adds a cookie.
    ///
    /// - Returns: Whether it was new.
    mutating func insert(_ cookie: UInt64) -> Bool {
        if cookie >> 6 != last.number { turn(to: cookie >> 6) }
        let member = 1 << (cookie & 63) as UInt64
        guard last.members & member == 0 else { return false }
        last.members |= member
        return true
    }

    /// Puts the last block into the table, and copies that of another number from it.
    @inline(never)
    private mutating func turn(to number: UInt64) {
        if last.members != 0 { store(last) }
        last = blocks[place(of: number)]
        last.number = number
    }

    private mutating func store(_ block: Block) {
        let place = place(of: block.number)
        if blocks[place].members == 0 { used += 1 }
        blocks[place] = block
        if used * 4 > blocks.count * 3 { grow() }
    }

    /// The place of the block of a number, or the free one where it would be.
    private func place(of number: UInt64) -> Int {
        // Multiplication by 2^64 / golden ratio spreads the blocks.
        let shift = UInt64(UInt64.bitWidth - blocks.count.trailingZeroBitCount)
        var place = Int((number &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while blocks[place].members != 0, blocks[place].number != number {
            place = (place + 1) & (blocks.count - 1)
        }
        return place
    }

    private mutating func grow() {
        let old = blocks
        blocks = [Block](repeating: Block(), count: old.count * 2)
        for block in old where block.members != 0 {
            blocks[place(of: block.number)] = block
        }
    }
}
