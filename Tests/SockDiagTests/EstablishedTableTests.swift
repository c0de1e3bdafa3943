import Testing

@testable import SockDiag

@Suite struct EstablishedTableTests {
    @Test(arguments: [
        (nil, 2),  // not readable, or an older kernel
        (-262_144, 1),  // the machine's
        (-65_536, 1),
        (-65_535, 2),  // that of a small machine
        (-512, 2),
        (262_144, 1),  // its own, or the machine's seen from outside any container
        (65_536, 1),
        (65_535, 2),
        (512, 2),
    ])
    func `A small table is walked twice, whoever shares it`(entries: Int?, rounds: Int) {
        #expect(EstablishedTable.rounds(entries: entries) == rounds)
    }

    @Test func `The size of the table of this namespace can be read`() {
        #expect(EstablishedTable.entries() != nil)
    }
}
