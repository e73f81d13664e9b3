package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Unmarshal is json.Unmarshal for messages: names are compared to the letter, as JSON has it, so that a platform can keep
// a note "ID" beside the field "id", and a field that is given twice is an error. Whoever checked a message before has
// then read what is read here. The type may be built of structs, pointers to them and slices of them; what decodes itself
// is left to itself.
func Unmarshal(data []byte, into any) error {
	if !json.Valid(data) {
		return json.Unmarshal(data, new(json.RawMessage)) // says what is wrong
	}
	return decodeValue(data, reflect.ValueOf(into).Elem(), "")
}

var decodesItself = reflect.TypeFor[json.Unmarshaler]()

// twiceError is a field that is given twice.
type twiceError struct{ field string }

func (e *twiceError) Error() string { return fmt.Sprintf("field %s: given twice", e.field) }

// decodeValue decodes what is called path in the message.
func decodeValue(data []byte, v reflect.Value, path string) error {
	t := v.Type()
	switch {
	case bytes.Equal(bytes.TrimSpace(data), []byte("null")):
		v.SetZero()
		return nil
	case reflect.PointerTo(t).Implements(decodesItself):
	case t.Kind() == reflect.Struct:
		return decodeStruct(data, v, path)
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		v.Set(reflect.New(t.Elem()))
		return decodeValue(data, v.Elem(), path)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return decodeSlice(data, v, path)
	}
	return within(path, json.Unmarshal(data, v.Addr().Interface()))
}

// within names the field in an error that is about its type.
func within(path string, err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		wrong.Field = join(path, wrong.Field)
	}
	return err
}

func decodeSlice(data []byte, v reflect.Value, path string) error {
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return within(path, err)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		if err := decodeValue(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeStruct(data []byte, v reflect.Value, path string) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return within(path, json.Unmarshal(data, reflect.New(v.Type()).Interface()))
	}
	var seen []string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		field := fieldCalled(v, name.(string)) // the name of a member is a string, or the decoder refuses it
		if !field.IsValid() {
			continue
		}
		full := join(path, name.(string))
		if slices.Contains(seen, full) {
			return &twiceError{full}
		}
		seen = append(seen, full)
		if err := decodeValue(value, field, full); err != nil {
			return err
		}
	}
	return nil
}

// fieldCalled returns the field of a struct by its name in JSON; the zero Value where there is none.
func fieldCalled(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if tag != "" && tag != "-" && tag == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
