import Testing

@testable import SockDiag

@Suite struct CookieSetTests {
    @Test(arguments: [1, 0x1000, 1 << 32, 0x9E37_79B9_7F4A_7C15] as [UInt64])
    func `Every cookie is new once, however the kernel counts`(step: UInt64) {
        var set = CookieSet()
        let cookies = (0..<10_000).map { UInt64($0) &* step }
        #expect(cookies.count { set.insert($0) } == 10_000)
        #expect(cookies.count { set.insert($0) } == 0)
    }
}

@Suite struct EstablishedTableTests {
    @Test(arguments: [
        (nil, 2),  // not readable
        (-262_144, 1),  // the machine's
        (-512, 1),
        (262_144, 1),  // its own, or the machine's seen from outside any container
        (65_536, 1),
        (65_535, 2),
        (512, 2),
    ])
    func `A small table of a namespace's own is walked twice`(entries: Int?, rounds: Int) {
        #expect(EstablishedTable.rounds(entries: entries) == rounds)
    }

    @Test func `The size of the table of this namespace can be read`() {
        #expect(EstablishedTable.entries() != nil)
    }
}
