module libsnow/bindings/go

go 1.19
