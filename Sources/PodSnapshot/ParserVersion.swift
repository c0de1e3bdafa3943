import CJSONStream

/// The version of Boost, whose JSON parser reads the documents: `1.81`.
package var jsonParserVersion: String {
    unsafe String(cString: cjs_boost_version()).split(separator: "_").joined(separator: ".")
}
