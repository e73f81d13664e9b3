inline int months() { return 12; }
