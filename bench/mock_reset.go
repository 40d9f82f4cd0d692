package bench

import (
	"fmt"
	"net/http"
)

func (m mockInProcess) reset() error {
	m.server.Reset()
	return nil
}

func (m *mockProcess) reset() error {
	res, err := m.client.Post(m.admin+"/reset", "", nil)
	if err != nil {
		return m.unreachable("having the mock server begin anew", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("having the mock server begin anew: %s (what it said is in %s)", res.Status, m.log.Name())
	}
	return nil
}
