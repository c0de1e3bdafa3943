#include "CJSONStream.h"

// Room for all that one call of the parser can unescape: up to Boost 1.81 it writes past the buffer
// where the text fills it and begins within a character (boostorg/json#876).
#define BOOST_JSON_STACK_BUFFER_SIZE (64 * 1024 + 8)
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <boost/version.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace json = boost::json;

constexpr int unwanted = -1;

/// What the parser is given in one call; 3 bytes of a character may come from the one before.
constexpr size_t longest_write = 64 * 1024;
static_assert(BOOST_JSON_STACK_BUFFER_SIZE >= longest_write + 3);

/// Passing over less than this costs more than it saves.
constexpr ptrdiff_t shortest_skip = 64;

/// One bit of 64 for the length and the first character of a key.
uint64_t shape(json::string_view key) {
    const size_t first = key.empty() ? 0 : (unsigned char)key[0];
    return uint64_t(1) << ((first + key.size() * 7) & 63);
}

template <typename Word> bool is_same(const char *a, const char *b) {
    Word one, other;
    std::memcpy(&one, a, sizeof one);
    std::memcpy(&other, b, sizeof other);
    return one == other;
}

/// As memcmp does, whose call costs more than to compare a short key.
bool is_same(const char *a, const char *b, size_t count) {
    // The second of two words may overlap the first.
    if (count >= 4 && count < 8) {
        const size_t last = count - 4;
        return is_same<uint32_t>(a, b) && is_same<uint32_t>(a + last, b + last);
    }
    if (count < 4) {
        return count == 0 || (a[0] == b[0] && a[count / 2] == b[count / 2] &&
                              a[count - 1] == b[count - 1]);
    }
    for (size_t index = 0; index + 8 < count; index += 8) {
        if (!is_same<uint64_t>(a + index, b + index)) return false;
    }
    return is_same<uint64_t>(a + count - 8, b + count - 8);
}

/// A wanted key.
struct Key {
    std::string name;
    int row;
    /// Its bit among the keys of the same object.
    uint64_t bit;

    bool is(json::string_view text) const {
        return name.size() == text.size() && is_same(name.data(), text.data(), name.size());
    }
};

/// What is wanted inside the value of a row.
class Node {
public:
    /// The row of every element; also that of every member, where no key is wanted by its name.
    int element = unwanted;
    bool is_only_elements = false;

    bool has_keys() const { return !keys_.empty(); }
    const Key *first_key() const { return keys_.data(); }

    void add(json::string_view name, int row) {
        keys_.push_back({std::string(name), row, uint64_t(1) << keys_.size()});
        shapes_ |= shape(name);
    }

    /// The key of a name, which is expected to be `next`: the objects of an array have their keys in
    /// one order. Null where it is not wanted.
    [[gnu::always_inline]] const Key *find(json::string_view name, const Key *next) const {
        if (next != end() && next->is(name)) return next;
        // Most keys are wanted by nobody, and would else be compared with every one that is.
        return (shapes_ & shape(name)) != 0 ? search(name, next) : nullptr;
    }

private:
    const Key *end() const { return keys_.data() + keys_.size(); }

    [[gnu::noinline]] const Key *search(json::string_view name, const Key *next) const {
        const auto is_named = [name](const Key &key) { return key.is(name); };
        // Those that an object lacks are passed over.
        const Key *found = std::find_if(next, end(), is_named);
        if (found != end()) return found;
        found = std::find_if(first_key(), next, is_named);
        return found != next ? found : nullptr;
    }

    std::vector<Key> keys_;
    /// The shapes of the keys.
    uint64_t shapes_ = 0;
};

/// The wanted paths as a tree.
class PathTree {
public:
    PathTree(const cjs_row *rows, size_t count) : nodes_(count) {
        for (size_t row = 1; row < count; ++row) {
            Node &parent = nodes_[rows[row].parent];
            if (rows[row].key == nullptr) {
                parent.element = int(row);
            } else {
                const json::string_view key = rows[row].key;
                parent.add(key, int(row));
                longest_key_ = std::max(longest_key_, key.size());
            }
        }
        for (size_t row = 1; row < count; ++row) {
            if (rows[row].inside != 0) nodes_[row] = nodes_[rows[row].inside];
            nodes_[row].is_only_elements = rows[row].is_only_elements;
        }
    }

    const Node &operator[](int row) const { return nodes_[size_t(row)]; }
    size_t longest_key() const { return longest_key_; }

private:
    std::vector<Node> nodes_;
    size_t longest_key_ = 0;
};

/// Boost.JSON's events, reduced to the wanted ones.
///
/// Most events fall into subtrees that nobody wants: they cost one comparison.
class Filter {
public:
    static constexpr size_t max_array_size = size_t(-1);
    static constexpr size_t max_object_size = size_t(-1);
    static constexpr size_t max_string_size = size_t(-1);
    static constexpr size_t max_key_size = size_t(-1);

    Filter(const cjs_row *rows, size_t count, size_t max_string)
        : tree_(rows, count), max_string_(max_string) {}

    std::string text;

    const cjs_token *tokens() const { return tokens_.data(); }
    size_t token_count() const { return size_t(next_token_ - tokens_.data()); }

    void begin_chunk(const char *bytes, size_t count) {
        next_token_ = tokens_.data();
        text.clear();
        chunk_ = bytes;
        chunk_count_ = count;
        position_ = 0;
        unwanted_text_end_ = nullptr;
    }

    /// Whether the parser has come to this byte in a string that nobody wants, and that had no escape
    /// so far.
    bool is_in_unwanted_text(const char *end) const { return unwanted_text_end_ == end; }

    bool on_document_begin(json::error_code &) { return true; }
    bool on_document_end(json::error_code &) { return true; }

    bool on_object_begin(json::error_code &) {
        if (row_ == unwanted) return skip();
        const Node &node = tree_[row_];
        // Where no key is wanted by its name, the value of every one may be.
        const int member = node.has_keys() ? unwanted : node.element;
        return open(cjs_kind_object, node.has_keys() || member != unwanted, unwanted, member);
    }
    bool on_array_begin(json::error_code &) {
        if (row_ == unwanted) return skip();
        const Node &node = tree_[row_];
        if (node.is_only_elements && !is_duplicate_) return enter(node.element, unwanted);
        return open(cjs_kind_array, node.element != unwanted, node.element, unwanted);
    }
    bool on_object_end(size_t, json::error_code &) { return close(cjs_kind_object_end); }
    bool on_array_end(size_t, json::error_code &) { return close(cjs_kind_array_end); }

    bool on_key_part(json::string_view part, size_t, json::error_code &) {
        // Longer than the longest wanted key is as good as any other unwanted key.
        if (skipped_ == 0 && key_.size() <= tree_.longest_key()) key_.append(part);
        return true;
    }
    bool on_key(json::string_view part, size_t length, json::error_code &) {
        if (skipped_ != 0) return true;
        if (length == part.size()) take_key(part);
        else take_split_key(part, length);
        return true;
    }

    bool on_string_part(json::string_view part, size_t, json::error_code &) {
        if (row_ != unwanted) keep(part);
        else unwanted_text_end_ = part.data() + part.size();
        return true;
    }
    bool on_string(json::string_view part, size_t, json::error_code &) {
        if (row_ != unwanted) take_string(part);
        return true;
    }

    bool on_number_part(json::string_view, json::error_code &) { return true; }
    bool on_int64(int64_t, json::string_view, json::error_code &) { return scalar(cjs_kind_number); }
    bool on_uint64(uint64_t, json::string_view, json::error_code &) { return scalar(cjs_kind_number); }
    bool on_double(double, json::string_view, json::error_code &) { return scalar(cjs_kind_number); }
    bool on_bool(bool value, json::error_code &) { return scalar(value ? cjs_kind_true : cjs_kind_false); }
    bool on_null(json::error_code &) { return scalar(cjs_kind_null); }
    bool on_comment_part(json::string_view, json::error_code &) { return true; }
    bool on_comment(json::string_view, json::error_code &) { return true; }

private:
    /// An object or array that is being looked into.
    struct Frame {
        int row;
        /// The row of every element of an array, and of every value of an object whose keys are
        /// wanted whatever their names.
        int element;
        int member;
        const Node *node;
        /// The key that is expected next.
        const Key *next;
        /// The keys that have been found, a bit for each.
        uint64_t seen;
    };

    [[gnu::noinline]] void take_key(json::string_view name) {
        choose(name);
        if (row_ != unwanted) see(name);
    }

    [[gnu::noinline]] void take_split_key(json::string_view part, size_t length) {
        if (key_.size() <= tree_.longest_key()) key_.append(part);
        choose(key_.size() == length ? json::string_view(key_) : json::string_view());
        key_.clear();
        if (row_ != unwanted) see(part);
    }

    [[gnu::noinline]] void take_string(json::string_view part) {
        const bool is_in_chunk = see(part);
        if (string_.empty() && part.size() <= max_string_ && is_in_chunk) {
            return emit(cjs_kind_string, position_, part.size(), true);
        }
        take_kept_string(part);
    }

    [[gnu::noinline]] void take_kept_string(json::string_view part) {
        keep(part);
        const auto start = uint32_t(text.size());
        text.append(string_);
        emit(is_long_ ? cjs_kind_long_string : cjs_kind_string, start, string_.size(), false);
        string_.clear();
        is_long_ = false;
    }

    [[gnu::always_inline]] void choose(json::string_view name) {
        Frame &frame = frames_.back();
        if (frame.member != unwanted) {
            row_ = frame.member;
            return;
        }
        const Key *key = frame.node->find(name, frame.next);
        if (key == nullptr) {
            row_ = unwanted;
            return;
        }
        frame.next = key + 1;
        row_ = key->row;
        is_duplicate_ = (frame.seen & key->bit) != 0;
        frame.seen |= key->bit;
    }

    bool scalar(cjs_kind kind) {
        if (row_ != unwanted) emit(kind);
        return true;
    }

    bool skip() {
        ++skipped_;
        return true;
    }

    bool open(cjs_kind kind, bool is_looked_into, int element, int member) {
        emit(kind);
        if (!is_looked_into) {
            row_ = unwanted;
            return skip();
        }
        return enter(element, member);
    }

    bool enter(int element, int member) {
        const Node &node = tree_[row_];
        frames_.push_back({row_, element, member, &node, node.first_key(), 0});
        row_ = element;
        return true;
    }

    bool close(cjs_kind kind) {
        if (skipped_ != 0) {
            if (--skipped_ != 0) return true;
        } else {
            row_ = frames_.back().row;
            frames_.pop_back();
            is_duplicate_ = false;
            if (kind == cjs_kind_object_end || !tree_[row_].is_only_elements) emit(kind);
        }
        row_ = frames_.empty() ? unwanted : frames_.back().element;
        return true;
    }

    /// Remembers where in the chunk the parser is, if the text lies there and not in the parser's
    /// own buffer of unescaped text.
    ///
    /// Returns whether it lies there.
    bool see(json::string_view part) {
        const auto offset = uintptr_t(part.data()) - uintptr_t(chunk_);
        if (offset >= chunk_count_) return false;
        position_ = uint32_t(offset);
        return true;
    }

    void keep(json::string_view part) {
        const size_t room = max_string_ - string_.size();
        is_long_ = is_long_ || part.size() > room;
        string_.append(part.data(), std::min(part.size(), room));
    }

    void emit(cjs_kind kind, uint32_t start = 0, size_t length = 0, bool is_in_chunk = true) {
        if (next_token_ == tokens_end_) make_room();
        *next_token_++ = {position_, start,         uint32_t(length), uint16_t(row_),
                          kind,      is_duplicate_, is_in_chunk};
        // An element of an array has no key, and so no duplicate.
        is_duplicate_ = false;
    }

    [[gnu::noinline]] void make_room() {
        const size_t count = token_count();
        tokens_.resize(std::max<size_t>(1024, count * 2));
        next_token_ = tokens_.data() + count;
        tokens_end_ = tokens_.data() + tokens_.size();
    }

    PathTree tree_;
    /// The tokens of the chunk, and room for more: a vector's own way to grow costs as much again.
    std::vector<cjs_token> tokens_;
    cjs_token *next_token_ = nullptr;
    cjs_token *tokens_end_ = nullptr;
    size_t max_string_;
    std::vector<Frame> frames_;
    /// How many unwanted objects and arrays enclose the present place.
    size_t skipped_ = 0;
    /// The row of the next value.
    int row_ = 0;
    bool is_duplicate_ = false;
    bool is_long_ = false;
    /// The parts so far of a key and a string that are split between chunks.
    std::string key_;
    std::string string_;
    const char *chunk_ = nullptr;
    size_t chunk_count_ = 0;
    uint32_t position_ = 0;
    /// The end of the last part of an unwanted string's text.
    const char *unwanted_text_end_ = nullptr;
};

json::parse_options options(size_t max_depth) {
    json::parse_options options;
    options.max_depth = max_depth;
    return options;
}

bool is_hex_digit(char byte) {
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

constexpr size_t longest_escape = 6;

/// The length of the escape whose bytes begin here (RFC 8259, section 7); 0 where it is none, or may
/// be a surrogate, whose other half must follow.
size_t escape_length(const char *text) {
    static constexpr std::string_view simple = "\"\\/bfnrt";
    if (text[1] != 'u') return simple.find(text[1]) != simple.npos ? 2 : 0;
    const bool is_whole = std::all_of(text + 2, text + longest_escape, is_hex_digit);
    return is_whole && (text[2] | 0x20) != 'd' ? longest_escape : 0;
}

using Lanes = int8_t __attribute__((vector_size(32)));

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first lane is the lowest bit");

/// A bit for each lane in which a comparison was true.
uint32_t bits(const Lanes &comparison) {
    const auto flags =
        __builtin_convertvector(comparison, bool __attribute__((ext_vector_type(sizeof(Lanes)))));
    uint32_t bits;
    std::memcpy(&bits, &flags, sizeof bits);
    return bits;
}

/// The end of text in a string that begins here and needs no parser: of ASCII and whole escapes.
///
/// Before the quotation mark that ends the string, before all that the parser itself must judge
/// (control characters, UTF-8, surrogates and what is no escape), and in any case shortly before the
/// end of the chunk.
const char *end_of_plain_text(const char *text, const char *end) {
    // An escape may begin in the last lane.
    while (size_t(end - text) >= sizeof(Lanes) + longest_escape) {
        Lanes lanes;
        std::memcpy(&lanes, text, sizeof lanes);
        const uint32_t quotes = bits(lanes == '"'), escapes = bits(lanes == '\\');
        // What is above ASCII is negative.
        const uint32_t ends = quotes | bits(lanes < ' ');
        const uint32_t escaped = escapes << 1;
        if ((escaped & ~quotes) == 0) {
            // All that is escaped are quotation marks, as in JSON within JSON. An escape that begins
            // in the last lane is left to the next round.
            const uint32_t unescaped = ends & ~escaped;
            if (unescaped != 0) return text + __builtin_ctz(unescaped);
            text += sizeof lanes - (escapes >> 31);
        } else {
            text += __builtin_ctz(ends | escapes);
            const size_t length = *text == '\\' ? escape_length(text) : 0;
            if (length == 0) return text;
            text += length;
        }
    }
    return text;
}

}  // namespace

struct cjs_parser {
    cjs_parser(const cjs_row *rows, size_t count, size_t max_depth, size_t max_string)
        : parser(options(max_depth), rows, count, max_string) {}

    json::basic_parser<Filter> parser;
    std::string message;
    cjs_status status = cjs_status_more;

    cjs_batch feed(const char *chunk, size_t count, bool is_last);

private:
    size_t write(const char *bytes, size_t count, bool is_last);
    cjs_status judge(json::error_code error, size_t used, size_t count);
};

cjs_batch cjs_parser::feed(const char *chunk, size_t count, bool is_last) {
    Filter &filter = parser.handler();
    filter.begin_chunk(chunk, count);
    const char *at = chunk, *seek = chunk, *end = chunk + count;
    // The parser takes the rest of a string apart byte by byte from its first escape on. If that is
    // long, and nobody wants the string, it is passed over.
    while (const void *escape = std::memchr(seek, '\\', size_t(end - seek))) {
        const auto text = static_cast<const char *>(escape);
        const char *text_end = end_of_plain_text(text, end);
        seek = std::max(text_end, text + std::min<ptrdiff_t>(2, end - text));
        if (text_end - text < shortest_skip) continue;
        at += write(at, size_t(text - at), false);
        if (at != text) break;
        if (filter.is_in_unwanted_text(text)) at = text_end;
    }
    at += write(at, size_t(end - at), is_last);
    const auto used = size_t(at - chunk);
    return {status,
            used,
            message.empty() ? nullptr : message.c_str(),
            filter.tokens(),
            filter.token_count(),
            reinterpret_cast<const uint8_t *>(filter.text.data()),
            filter.text.size()};
}

/// Gives the parser the next bytes; how many of them it took.
size_t cjs_parser::write(const char *bytes, size_t count, bool is_last) {
    size_t used = 0;
    while (status == cjs_status_more || status == cjs_status_complete) {
        const size_t given = std::min(count - used, longest_write);
        json::error_code error;
        const size_t taken =
            parser.write_some(!is_last || used + given < count, bytes + used, given, error);
        used += taken;
        status = judge(error, taken, given);
        if (used == count) break;
    }
    return used;
}

cjs_status cjs_parser::judge(json::error_code error, size_t used, size_t count) {
    if (!error) return !parser.done() ? cjs_status_more : used < count ? cjs_status_trailing : cjs_status_complete;
    message = error.message();
    if (error == json::error::incomplete) return cjs_status_truncated;
    return error == json::error::too_deep ? cjs_status_too_deep : cjs_status_malformed;
}

cjs_parser *cjs_create(const cjs_row *rows, size_t row_count, size_t max_depth,
                       size_t max_string) try {
    return new cjs_parser(rows, row_count, max_depth, max_string);
} catch (...) {  // Only a lack of memory throws here.
    return nullptr;
}

void cjs_destroy(cjs_parser *parser) { delete parser; }

cjs_batch cjs_feed(cjs_parser *parser, const uint8_t *chunk, size_t count, bool is_last) try {
    // Boost.JSON compares pointers into the chunk, which an absent one would not have.
    const char *bytes = chunk == nullptr ? "" : reinterpret_cast<const char *>(chunk);
    return parser->feed(bytes, count, is_last);
} catch (...) {
    parser->status = cjs_status_no_memory;
    return {cjs_status_no_memory, 0, nullptr, nullptr, 0, nullptr, 0};
}

size_t cjs_count_lines(const uint8_t *bytes, size_t count) {
    using Lanes = uint8_t __attribute__((vector_size(32)));
    constexpr size_t width = sizeof(Lanes);
    size_t lines = 0;
    while (count >= width) {
        // A lane counts in a byte, which 255 rounds cannot overflow.
        const size_t rounds = std::min<size_t>(count / width, 255);
        Lanes sums = {};
        for (size_t round = 0; round < rounds; ++round) {
            Lanes lanes;
            std::memcpy(&lanes, bytes + round * width, width);
            sums -= Lanes(lanes == '\n');  // A true comparison is -1.
        }
        for (size_t lane = 0; lane < width; ++lane) lines += sums[lane];
        bytes += rounds * width;
        count -= rounds * width;
    }
    for (; count != 0; --count) lines += *bytes++ == '\n';
    return lines;
}

const char *cjs_boost_version() { return BOOST_LIB_VERSION; }
