#include "CJSONStream.h"
