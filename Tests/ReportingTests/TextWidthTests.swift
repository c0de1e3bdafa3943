import Glibc
import Testing

@testable import Reporting

@Test(arguments: [
    ("", 0), ("shop/cart-1", 11), ("pod-ä", 5), ("日本", 4), ("🐙", 2), ("e\u{301}", 1), ("한국", 4),
    ("\u{1112}\u{1161}\u{11AB}", 2), ("ｶﾅ", 2), ("Ａ", 2), ("…", 1), ("→", 1), ("✅", 2), ("🇩🇪", 2),
])
func `A text has the columns that a terminal gives it`(text: String, columns: Int) {
    #expect(text.columns == columns)
}

@Test(arguments: [
    ("10.0.0.1 belongs to shop/cart-1", "shop/cart-1", true), ("shop/cart-12", "shop/cart-1", true),
    ("shop/cart-", "shop/cart-1", false), ("aab", "ab", true), ("é", "e", false), ("ab", "", true),
    ("", "", true), ("", "a", false),
])
func `A text includes another byte for byte`(text: String, other: String, isIncluded: Bool) {
    #expect(text.includes(other) == isIncluded)
}

@Test func `Every character has the columns that the C library gives it`() throws {
    let locale = try #require(newlocale(LC_CTYPE_MASK, "C.UTF-8", nil))
    let previous = uselocale(locale)
    defer {
        uselocale(previous)
        freelocale(locale)
    }
    // The header hides it, unlike the library.
    typealias Width = @convention(c) (wchar_t) -> Int32
    let wcwidth = unsafeBitCast(try #require(dlsym(nil, "wcwidth")), to: Width.self)
    var differing: [String] = []
    for value in UInt32(0x20)...0x10FFFF {
        guard let scalar = Unicode.Scalar(value), !scalar.steersTerminal else { continue }
        let columns = wcwidth(wchar_t(value))
        // What this C library is too old to know, and a sign that Unicode 15.1 takes for no mark.
        if columns < 0 || value == 0x1171E { continue }
        if scalar.columns != columns {
            differing.append("\(String(value, radix: 16)): \(scalar.columns), not \(columns)")
        }
    }
    #expect(differing.isEmpty, "\(differing.count): \(differing.prefix(40))")
}
