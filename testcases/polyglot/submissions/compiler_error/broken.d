void main() {
    int sum = "forty-two";
}
