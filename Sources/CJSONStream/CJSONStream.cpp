#include "CJSONStream.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <boost/version.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace {

namespace json = boost::json;

constexpr int unwanted = -1;

/// The wanted paths as a tree.
class PathTree {
public:
    PathTree(const cjs_row *rows, size_t count) : nodes_(count) {
        for (size_t row = 1; row < count; ++row) {
            Node &parent = nodes_[rows[row].parent];
            if (rows[row].key == nullptr) {
                parent.element = int(row);
            } else {
                parent.keys.push_back({rows[row].key, int(row)});
                parent.shapes |= shape(parent.keys.back().name);
                longest_key_ = std::max(longest_key_, parent.keys.back().name.size());
            }
        }
        for (size_t row = 1; row < count; ++row) {
            if (rows[row].inside != 0) nodes_[row] = nodes_[rows[row].inside];
        }
    }

    bool has_keys(int row) const { return !nodes_[row].keys.empty(); }
    int element(int row) const { return nodes_[row].element; }
    size_t longest_key() const { return longest_key_; }

    /// The row of a key and the key's bit among its siblings.
    ///
    /// The objects of an array have their keys in one order: the search begins where the last one
    /// in such an object ended.
    int find(int row, json::string_view name, uint64_t &bit) {
        Node &node = nodes_[row];
        // Most keys are wanted by nobody, and would else be compared with every one that is.
        if ((node.shapes & shape(name)) == 0) return unwanted;
        const size_t count = node.keys.size();
        size_t index = node.next;
        for (size_t tries = 0; tries < count; ++tries, ++index) {
            if (index >= count) index = 0;
            const Key &key = node.keys[index];
            if (key.name.size() == name.size() && is_same(key.name.data(), name)) {
                node.next = index + 1;
                bit = uint64_t(1) << index;
                return key.row;
            }
        }
        return unwanted;
    }

private:
    /// One bit of 64 for the length and the first character of a name.
    static uint64_t shape(json::string_view name) {
        const size_t first = name.empty() ? 0 : (unsigned char)name[0];
        return uint64_t(1) << ((first + name.size() * 7) & 63);
    }

    /// As memcmp does, whose call costs more than to compare a short key.
    static bool is_same(const char *key, json::string_view name) {
        const char *text = name.data();
        const size_t count = name.size();
        // The second of two words may overlap the first.
        if (count >= 4 && count < 8) {
            const size_t last = count - 4;
            return is_same<uint32_t>(key, text) && is_same<uint32_t>(key + last, text + last);
        }
        if (count < 4) {
            return count == 0 || (key[0] == text[0] && key[count / 2] == text[count / 2] &&
                                  key[count - 1] == text[count - 1]);
        }
        for (size_t index = 0; index + 8 < count; index += 8) {
            if (!is_same<uint64_t>(key + index, text + index)) return false;
        }
        return is_same<uint64_t>(key + count - 8, text + count - 8);
    }

    template <typename Word> static bool is_same(const char *key, const char *text) {
        Word a, b;
        std::memcpy(&a, key, sizeof a);
        std::memcpy(&b, text, sizeof b);
        return a == b;
    }

    struct Key {
        std::string name;
        int row;
    };
    struct Node {
        std::vector<Key> keys;
        /// The shapes of the keys.
        uint64_t shapes = 0;
        int element = unwanted;
        size_t next = 0;
    };
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

    std::vector<cjs_token> tokens;
    std::string text;

    void begin_chunk(const char *bytes, size_t count) {
        tokens.clear();
        text.clear();
        chunk_ = bytes;
        chunk_count_ = count;
        position_ = 0;
    }

    bool on_document_begin(json::error_code &) { return true; }
    bool on_document_end(json::error_code &) { return true; }

    bool on_object_begin(json::error_code &) {
        if (row_ == unwanted) return skip();
        // Where no key is wanted by its name, the value of every one may be.
        const int member = tree_.has_keys(row_) ? unwanted : tree_.element(row_);
        return open(cjs_kind_object, tree_.has_keys(row_) || member != unwanted, unwanted, member);
    }
    bool on_array_begin(json::error_code &) {
        if (row_ == unwanted) return skip();
        const int element = tree_.element(row_);
        return open(cjs_kind_array, element != unwanted, element, unwanted);
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
        if (length == part.size()) {
            choose(part);
        } else {
            if (key_.size() <= tree_.longest_key()) key_.append(part);
            choose(key_.size() == length ? json::string_view(key_) : json::string_view());
        }
        if (row_ != unwanted) see(part);
        key_.clear();
        return true;
    }

    bool on_string_part(json::string_view part, size_t, json::error_code &) {
        if (row_ != unwanted) keep(part);
        return true;
    }
    bool on_string(json::string_view part, size_t, json::error_code &) {
        if (row_ == unwanted) return true;
        const bool is_in_chunk = see(part);
        if (string_.empty() && part.size() <= max_string_ && is_in_chunk) {
            emit(cjs_kind_string, position_, part.size(), true);
            return true;
        }
        keep(part);
        const auto start = uint32_t(text.size());
        text.append(string_);
        emit(is_long_ ? cjs_kind_long_string : cjs_kind_string, start, string_.size(), false);
        string_.clear();
        is_long_ = false;
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
        uint64_t seen;
    };

    void choose(json::string_view name) {
        uint64_t bit;
        Frame &frame = frames_.back();
        if (frame.member != unwanted) {
            row_ = frame.member;
            return;
        }
        row_ = tree_.find(frame.row, name, bit);
        if (row_ == unwanted) return;
        is_duplicate_ = (frame.seen & bit) != 0;
        frame.seen |= bit;
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
        frames_.push_back({row_, element, member, 0});
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
            emit(kind);
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
        tokens.push_back({position_, start, uint32_t(length), uint16_t(row_), kind, is_duplicate_,
                          is_in_chunk});
        // An element of an array has no key, and so no duplicate.
        is_duplicate_ = false;
    }

    PathTree tree_;
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
};

json::parse_options options(size_t max_depth) {
    json::parse_options options;
    options.max_depth = max_depth;
    return options;
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
    cjs_status judge(json::error_code error, size_t used, size_t count);
};

cjs_batch cjs_parser::feed(const char *chunk, size_t count, bool is_last) {
    Filter &filter = parser.handler();
    filter.begin_chunk(chunk, count);
    size_t used = 0;
    if (status == cjs_status_more || status == cjs_status_complete) {
        json::error_code error;
        used = parser.write_some(!is_last, chunk, count, error);
        status = judge(error, used, count);
    }
    return {status,
            used,
            message.empty() ? nullptr : message.c_str(),
            filter.tokens.data(),
            filter.tokens.size(),
            reinterpret_cast<const uint8_t *>(filter.text.data()),
            filter.text.size()};
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
        Lanes sums = {};
        for (size_t round = 0; round < 255 && count >= width; ++round) {
            Lanes lanes;
            std::memcpy(&lanes, bytes, width);
            sums -= Lanes(lanes == '\n');  // A true comparison is -1.
            bytes += width;
            count -= width;
        }
        for (size_t lane = 0; lane < width; ++lane) lines += sums[lane];
    }
    for (; count != 0; --count) lines += *bytes++ == '\n';
    return lines;
}

const char *cjs_boost_version() { return BOOST_LIB_VERSION; }
