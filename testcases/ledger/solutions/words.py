print('<result outcome="accepted"/>')
