/// A JSON push parser that hands over only the values at wanted paths.
///
/// The caller describes the wanted paths as a table of rows, feeds the document in chunks of any
/// size, and gets for each chunk the flat list of the values that it held, in document order.
/// Everything else is checked for well-formedness and skipped, at no cost in memory.
#ifndef HALFOPEN_CJSONSTREAM_H
#define HALFOPEN_CJSONSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An enum of one byte that Swift sees as an enum of its own.
#define CJS_ENUM(name) enum __attribute__((enum_extensibility(closed))) name : uint8_t

/// A place in the wanted documents. The first row of a table is the document itself.
struct cjs_row {
    /// The index of the row of the enclosing object or array, which comes before this one.
    uint16_t parent;
    /// The key of the value in an enclosing object, which is not empty; or NULL for every element of
    /// an array, and for every value of an object none of whose keys has a row. At most 64 keys in an
    /// object, each once.
    const char *_Nullable key;
    /// The index of a row whose inside is wanted in this one, too, under the same rows; else 0.
    uint16_t inside;
    /// Whether an array there is nothing but its elements: it is not handed over itself, nor is its
    /// end, unless its key is a duplicate.
    bool is_only_elements;
};

/// What was found at a wanted place.
CJS_ENUM(cjs_kind) {
    cjs_kind_null,
    cjs_kind_false,
    cjs_kind_true,
    cjs_kind_number,
    cjs_kind_string,
    /// A string beyond the limit given to `cjs_create`; its text is cut.
    cjs_kind_long_string,
    /// The beginning of an object or array. Its end, and what is wanted in it, follows only where
    /// the table has rows inside it that fit what it is.
    cjs_kind_object,
    cjs_kind_array,
    cjs_kind_object_end,
    cjs_kind_array_end,
};

/// A value at a wanted place, or the end of one.
struct cjs_token {
    /// The offset of the value in the chunk, or of the last wanted key or string before it; 0 where
    /// that was in an earlier chunk.
    uint32_t position;
    /// The string's first byte in the chunk or in the batch's text.
    uint32_t text;
    /// The string's length in bytes.
    uint32_t length;
    /// The index of the row.
    uint16_t row;
    /// What was found.
    enum cjs_kind kind;
    /// Whether the key occurred before in the same object.
    bool is_duplicate;
    /// Whether the string lies in the chunk: it has no escapes and is not split between two.
    bool is_in_chunk;
};

/// How a document fared so far.
CJS_ENUM(cjs_status) {
    /// Well-formed so far, and not complete.
    cjs_status_more,
    /// Complete; only white space has followed.
    cjs_status_complete,
    /// No JSON: see the batch's message. No further chunk is read.
    cjs_status_malformed,
    /// Ended before it was complete.
    cjs_status_truncated,
    /// Nested deeper than the limit given to `cjs_create`.
    cjs_status_too_deep,
    /// Something other than white space follows the document.
    cjs_status_trailing,
    /// There is not enough memory.
    cjs_status_no_memory,
};

/// What a chunk held; valid until the next call for the same parser.
struct cjs_batch {
    enum cjs_status status;
    /// The offset in the chunk at which an error was found.
    size_t position;
    /// The parser's own words for an error, or NULL.
    const char *_Nullable message;
    /// The values.
    const struct cjs_token *_Nullable tokens;
    size_t token_count;
    /// The text of the strings that do not lie in the chunk, UTF-8 without escapes.
    const uint8_t *_Nullable text;
    size_t text_length;
};

/// A document being read.
struct cjs_parser;

/// Makes a parser for one document.
///
/// The table is copied. Returns NULL when there is not enough memory.
struct cjs_parser *_Nullable cjs_create(const struct cjs_row *_Nonnull rows, size_t row_count,
                                        size_t max_depth, size_t max_string);

void cjs_destroy(struct cjs_parser *_Nonnull parser);

/// Reads the next chunk, of less than 4 GiB; the last one may be empty.
struct cjs_batch cjs_feed(struct cjs_parser *_Nonnull parser, const uint8_t *_Nullable chunk,
                          size_t count, bool is_last);

/// The number of line feeds in the given bytes.
size_t cjs_count_lines(const uint8_t *_Nullable bytes, size_t count);

/// The version of Boost, whose parser this is, such as "1_81".
const char *_Nonnull cjs_boost_version(void);

#ifdef __cplusplus
}
#endif

#endif
