package yamlmap

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// decimal is the format's grammar of numbers: nothing hexadecimal, infinite or without digits.
var decimal = regexp.MustCompile(`^[+-]?([0-9]*\.[0-9]+|[0-9]+\.?)([eE][+-]?[0-9]+)?$`)

var errNotDecimal = errors.New("not a decimal number")

// ParseNumber reads a finite number as the formats write it.
func ParseNumber(text string) (float64, error) {
	if !decimal.MatchString(text) {
		return 0, errNotDecimal
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, errors.New("too large for a number")
	}
	return v, nil
}

// parseBound reads a number, or an infinity as ranges of scores have them.
func parseBound(text string) (float64, error) {
	switch strings.ToLower(text) {
	case "inf", "+inf":
		return math.Inf(1), nil
	case "-inf":
		return math.Inf(-1), nil
	}
	return ParseNumber(text)
}

// ParseRange reads the least and the most of a score: two numbers.
func ParseRange(words []string) (least, most float64, err error) {
	if len(words) != 2 {
		return 0, 0, fmt.Errorf("must be two numbers, not %d", len(words))
	}
	if least, err = parseBound(words[0]); err != nil {
		return 0, 0, fmt.Errorf("has %.40q, which is %w", words[0], err)
	}
	if most, err = parseBound(words[1]); err != nil {
		return 0, 0, fmt.Errorf("has %.40q, which is %w", words[1], err)
	}
	if least > most {
		return 0, 0, fmt.Errorf("begins with %v and ends with %v, which is less", least, most)
	}
	return least, most, nil
}
