#include "CLinuxDiag.h"
