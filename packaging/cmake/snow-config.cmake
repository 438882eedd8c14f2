# find_package(snow) gives the targets
#
#   snow::snow      the shared library
#   snow::static    the static one, with what it needs of the system
#
# Each is there if its library is. The package lies in <prefix>/share/cmake/snow, and takes what lies
# beside it, so an installed tree can be moved as a whole.

get_filename_component(snow_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." REALPATH)

if(EXISTS "${snow_prefix}/include/snow.h")
    set(snow_INCLUDE_DIR "${snow_prefix}/include")
else()
    find_path(snow_INCLUDE_DIR snow.h)
endif()

# Sets RESULT to the path of a library: in the prefix, or else wherever libraries are looked for.
function(snow_find_library result name)
    set(folders lib lib64)
    if(CMAKE_LIBRARY_ARCHITECTURE)
        list(INSERT folders 0 "lib/${CMAKE_LIBRARY_ARCHITECTURE}")
    endif()
    foreach(folder IN LISTS folders)
        if(EXISTS "${snow_prefix}/${folder}/${name}")
            set(${result} "${snow_prefix}/${folder}/${name}" PARENT_SCOPE)
            return()
        endif()
    endforeach()
    find_library(${result} NAMES "${name}")
    set(${result} "${${result}}" PARENT_SCOPE)
endfunction()

snow_find_library(snow_SHARED_LIBRARY "libsnow${CMAKE_SHARED_LIBRARY_SUFFIX}")
snow_find_library(snow_STATIC_LIBRARY "libsnow${CMAKE_STATIC_LIBRARY_SUFFIX}")

if(snow_INCLUDE_DIR AND snow_SHARED_LIBRARY AND NOT TARGET snow::snow)
    add_library(snow::snow SHARED IMPORTED)
    set_target_properties(snow::snow PROPERTIES
        IMPORTED_LOCATION "${snow_SHARED_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${snow_INCLUDE_DIR}")
endif()

if(snow_INCLUDE_DIR AND snow_STATIC_LIBRARY AND NOT TARGET snow::static)
    add_library(snow::static STATIC IMPORTED)
    # As in Libs.private of snow.pc.
    set_target_properties(snow::static PROPERTIES
        IMPORTED_LOCATION "${snow_STATIC_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${snow_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "util;rt;pthread;m;dl;c")
endif()

if(NOT TARGET snow::snow AND NOT TARGET snow::static)
    set(snow_FOUND FALSE)
    set(snow_NOT_FOUND_MESSAGE "there is no snow.h, or neither libsnow.so nor libsnow.a, in ${snow_prefix}")
endif()
