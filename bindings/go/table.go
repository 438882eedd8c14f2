package snow

// #include <snow.h>
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// A Query says which rows, in what order and form. It may be used by any number of calls at once.
type Query struct {
	Encoded      string // conditions as ServiceNow encodes them
	Where        []Condition
	OrderBy      []string
	Fields       []string
	Limit        uint64 // 0 is all
	DisplayValue bool   // display values in place of the stored ones
}

// A Condition has its operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...
type Condition struct{ Field, Operator, Value string }

var operators = map[string]C.snow_operator{
	"=": C.SNOW_EQ, "!=": C.SNOW_NE, "<": C.SNOW_LT, "<=": C.SNOW_LE, ">": C.SNOW_GT, ">=": C.SNOW_GE,
	"STARTSWITH": C.SNOW_STARTS_WITH, "ENDSWITH": C.SNOW_ENDS_WITH, "LIKE": C.SNOW_CONTAINS,
	"NOT LIKE": C.SNOW_NOT_CONTAINS, "ISEMPTY": C.SNOW_IS_EMPTY, "ISNOTEMPTY": C.SNOW_IS_NOT_EMPTY,
}

// with runs a call with the query of libsnow; nil is none.
func (q *Query) with(t *texts, e **C.snow_error, run func(*C.snow_query)) error {
	if q == nil {
		run(nil)
		return nil
	}
	query := C.snow_query_parse(t.of(q.Encoded), e)
	if *e != nil {
		return nil
	}
	defer C.snow_query_free(query)
	for _, each := range q.Where {
		operator, known := operators[each.Operator]
		if !known {
			return fmt.Errorf("snow: operator %q: accepted are =, !=, <, <=, >, >=, STARTSWITH, ENDSWITH, LIKE, "+
				"NOT LIKE, ISEMPTY, ISNOTEMPTY", each.Operator)
		}
		value := t.of(each.Value)
		if operator == C.SNOW_IS_EMPTY || operator == C.SNOW_IS_NOT_EMPTY {
			value = nil
		}
		if C.snow_query_where(query, t.of(each.Field), operator, value, e) != C.SNOW_OK {
			return nil
		}
	}
	for _, field := range q.OrderBy {
		if C.snow_query_order_by(query, t.of(field), e) != C.SNOW_OK {
			return nil
		}
	}
	if len(q.Fields) > 0 && C.snow_query_fields(query, t.of(strings.Join(q.Fields, ",")), e) != C.SNOW_OK {
		return nil
	}
	if q.Limit > 0 && C.snow_query_limit(query, C.uint64_t(q.Limit), e) != C.SNOW_OK {
		return nil
	}
	if q.DisplayValue && C.snow_query_display_value(query, C.SNOW_DISPLAY_TRUE, e) != C.SNOW_OK {
		return nil
	}
	run(query)
	return nil
}

// Get reads a record into a struct or a map, as json.Unmarshal does.
func (c *Client) Get(table, sysID string, query *Query, into any) error {
	var wrong error
	var record *C.snow_record
	err := c.call(func(client *C.snow_client, t *texts, e **C.snow_error) {
		wrong = query.with(t, e, func(query *C.snow_query) {
			record = C.snow_table_get(client, t.of(table), t.of(sysID), query, e)
		})
	})
	return taken(record, into, err, wrong)
}

// Create makes a record of a struct or a map, and reads what was made; into may be nil.
func (c *Client) Create(table string, fields, into any) error {
	return c.write(fields, into, func(client *C.snow_client, t *texts, r *C.snow_record, e **C.snow_error) *C.snow_record {
		return C.snow_table_create(client, t.of(table), r, nil, e)
	})
}

// Update changes fields of a record, and reads what came of it; into may be nil.
func (c *Client) Update(table, sysID string, fields, into any) error {
	return c.write(fields, into, func(client *C.snow_client, t *texts, r *C.snow_record, e **C.snow_error) *C.snow_record {
		return C.snow_table_update(client, t.of(table), t.of(sysID), r, nil, e)
	})
}

// Delete removes a record.
func (c *Client) Delete(table, sysID string) error {
	return c.call(func(client *C.snow_client, t *texts, e **C.snow_error) {
		C.snow_table_delete(client, t.of(table), t.of(sysID), nil, e)
	})
}

type write func(*C.snow_client, *texts, *C.snow_record, **C.snow_error) *C.snow_record

func (c *Client) write(fields, into any, run write) error {
	var record *C.snow_record
	text, wrong := json.Marshal(fields)
	if wrong != nil {
		return wrong
	}
	err := c.call(func(client *C.snow_client, t *texts, e **C.snow_error) {
		sent := C.snow_record_from_json(t.of(string(text)), C.size_t(len(text)), e)
		if *e == nil {
			record = run(client, t, sent, e)
		}
		C.snow_record_free(sent)
	})
	return taken(record, into, err, nil)
}

func taken(record *C.snow_record, into any, errs ...error) error {
	defer C.snow_record_free(record)
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	if into == nil {
		return nil
	}
	return decode(record, into)
}

func decode(record *C.snow_record, into any) error {
	var length C.size_t
	text := C.snow_record_json(record, &length)
	return json.Unmarshal([]byte(C.GoStringN(text, C.int(length))), into)
}

// Rows are the rows of a table as they come, for one goroutine at a time.
//
//	for rows.Next() { err := rows.Decode(&incident); ... }
//	err := rows.Err()
type Rows struct {
	client *Client
	cursor *C.snow_cursor
	row    *C.snow_record
	err    error
}

// List begins to read a table. Close the rows in the end; those that are forgotten are the collector's.
func (c *Client) List(table string, query *Query) *Rows {
	var wrong error
	rows := &Rows{client: c}
	rows.err = c.call(func(client *C.snow_client, t *texts, e **C.snow_error) {
		wrong = query.with(t, e, func(query *C.snow_query) {
			rows.cursor = C.snow_table_list(client, t.of(table), query, e)
		})
	})
	if wrong != nil {
		rows.err = wrong
	}
	runtime.SetFinalizer(rows, (*Rows).Close)
	return rows
}

// Next goes to the next row; false at the end, or where Err tells why.
func (r *Rows) Next() bool {
	if r.err != nil || r.cursor == nil {
		return false
	}
	r.row = nil
	r.err = r.client.call(func(_ *C.snow_client, _ *texts, e **C.snow_error) {
		C.snow_cursor_next(r.cursor, &r.row, e)
	})
	return r.err == nil && r.row != nil
}

// Decode reads the row into a struct or a map, as json.Unmarshal does.
func (r *Rows) Decode(into any) error {
	defer runtime.KeepAlive(r)
	if r.row == nil {
		return errors.New("snow: there is no row: Decode reads the one that Next went to")
	}
	return decode(r.row, into)
}

// Err is why Next ended before the last row, or nil.
func (r *Rows) Err() error { return r.err }

// Close frees the rows, read to the end or not.
func (r *Rows) Close() error {
	C.snow_cursor_free(r.cursor)
	r.cursor, r.row = nil, nil
	return nil
}
