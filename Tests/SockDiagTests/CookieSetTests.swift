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
