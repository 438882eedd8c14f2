package snow

/*
#include <snow.h>

snow_status snow_go_set_token_callback(snow_client *client, uintptr_t handle, snow_error **error);
*/
import "C"

import "runtime/cgo"

// A Token is an OAuth token as JSON, to be stored and given to OAuth again.
type Token []byte

// OnToken has each new token told, before the call that needed it goes on. It runs on the goroutine that made
// that call, never twice at once. Its error stops the call, and is what errors.Is and errors.As find there; a
// panic goes on where the call was made. It must not end its goroutine (runtime.Goexit, and so t.Fatal of a test).
// With nil no token is told any more.
func (c *Client) OnToken(told func(Token) error) error {
	if told == nil {
		return c.call(func(client *C.snow_client, _ *texts, e **C.snow_error) {
			C.snow_set_token_callback(client, nil, nil, nil, e)
		})
	}
	return c.call(func(client *C.snow_client, _ *texts, e **C.snow_error) {
		C.snow_go_set_token_callback(client, C.uintptr_t(cgo.NewHandle(told)), e)
	})
}

//export snowGoToken
func snowGoToken(handle C.uintptr_t, token *C.snow_token) (result C.int32_t) {
	returned := false
	defer func() {
		// A panic must not pass through the frames of the library.
		if panicked := recover(); panicked != nil {
			result = keep(ended{panicked: panicked})
		} else if !returned {
			// Nothing stops runtime.Goexit, and the client would be in this call for ever.
			panic("snow: a function given to OnToken ended its goroutine: return an error, or panic")
		}
	}()
	told := cgo.Handle(handle).Value().(func(Token) error)
	err := told(Token(C.GoString(C.snow_token_json(token, nil))))
	returned = true
	if err != nil {
		return keep(ended{err: err})
	}
	return C.SNOW_HANDLED
}

//export snowGoDestroy
func snowGoDestroy(handle C.uintptr_t) {
	cgo.Handle(handle).Delete()
}

// Login signs in with a user and a password, for a token.
func (c *Client) Login(user, password string) error {
	return c.call(func(client *C.snow_client, t *texts, e **C.snow_error) {
		C.snow_client_login(client, t.of(user), t.of(password), e)
	})
}

// SetToken goes on with another token.
func (c *Client) SetToken(token Token) error {
	return c.call(func(client *C.snow_client, t *texts, e **C.snow_error) {
		if stored := C.snow_token_from_json(t.of(string(token)), e); stored != nil {
			C.snow_client_set_token(client, stored, e)
			C.snow_token_free(stored)
		}
	})
}

// Token returns the token that is in use.
func (c *Client) Token() (token Token, err error) {
	err = c.call(func(client *C.snow_client, _ *texts, e **C.snow_error) {
		if stored := C.snow_client_token(client, e); stored != nil {
			token = Token(C.GoString(C.snow_token_json(stored, nil)))
			C.snow_token_free(stored)
		}
	})
	return token, err
}
